"""Tests of last_mile.defs."""
