"""A training release in the hands of its real consumers: datasets and TRL (`make test-trl`)."""
