"""Kills, full disks, locks, broken files, clocks, and twice the same at once: nothing may be lost.

`make test-faults` runs all of it and prints the counts. Not here: faults of the judge alone
(adapters/judge/test_kills.py, chaos.py).
"""
