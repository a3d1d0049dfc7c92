"""Tests of last_mile.core."""
