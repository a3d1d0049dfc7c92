"""Simulation worlds whose truth is known: does every interval and verdict hold? `make prove`."""
