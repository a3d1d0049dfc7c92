"""The only place where each outside client (database, files, models, checks) is imported."""
