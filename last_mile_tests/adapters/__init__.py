"""Tests of last_mile.adapters."""
