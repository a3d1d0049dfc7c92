"""Several workers: services of docker-compose.yml as processes, and what they build.

Marked `cluster`, run by `make test-cluster`: each case starts some ten processes.
"""
