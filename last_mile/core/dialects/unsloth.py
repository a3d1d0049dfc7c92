"""Unsloth: trains with TRL's trainers, so it reads TRL's rows."""

from last_mile.core.dialects.dialect import Dialect
from last_mile.core.dialects.trl import SHAPES

DIALECT = Dialect("unsloth", "Unsloth, which trains with TRL's trainers: the same rows", SHAPES)
