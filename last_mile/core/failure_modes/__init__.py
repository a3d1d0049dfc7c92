"""New failure modes: what bad outcomes that no flag explains have in common.

Terms and contexts are chosen on half of the users and tested on the others; a term is proposed as a
metric. Not here: reading conversations, writing a rubric's file, the report's words.
"""

from last_mile.core.failure_modes.explaining import (
    ALL_PPM,
    Literal,
    explaining,
    failure_fragments,
)
from last_mile.core.failure_modes.proposal import AUTHOR, Proposal, failure_id, metric_yaml
from last_mile.core.failure_modes.table import (
    EXAMPLE_SCHEMA,
    FAILURE_SCHEMA,
    ORDER,
    PARTS,
    FailureModes,
    failure_modes,
)

__all__ = [
    "ALL_PPM",
    "AUTHOR",
    "EXAMPLE_SCHEMA",
    "FAILURE_SCHEMA",
    "ORDER",
    "PARTS",
    "FailureModes",
    "Literal",
    "Proposal",
    "explaining",
    "failure_fragments",
    "failure_id",
    "failure_modes",
    "metric_yaml",
]
