"""Personal data in training texts: found and replaced by typed placeholders without numbers.

Not here: redaction at the door (core/redaction.py), which numbers persons per conversation; the
scrubber with a model (adapters/presidio.py).
"""

from last_mile.core.scrubbing.names import names_of
from last_mile.core.scrubbing.placeholders import KINDS
from last_mile.core.scrubbing.scrubber import PatternScrubber, Scrubber, found

__all__ = ["KINDS", "PatternScrubber", "Scrubber", "found", "names_of"]
