"""Tests of the lake, with a real PostgreSQL and a real S3-compatible server."""
