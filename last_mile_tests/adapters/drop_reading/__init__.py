"""Tests of last_mile.adapters.drop_reading."""
