"""Tests of the judge stage: against a server that misbehaves, with its bill beside our books."""
