"""Servers of the system that tests start: PostgreSQL, Redis, an S3-compatible store."""
