"""Tests of last_mile."""
