"""A rubric's text in parts, and the metric that is written into it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from last_mile.core.failure_modes import Proposal

TODAY = date(2026, 6, 1)
ENTRY = Proposal("final_output", ("kind", "regards")).metric(TODAY, "ann")
HEAD = """\
# a comment
name: small
version: 1
outcomes:
  - {id: hired, horizon_days: 10}
"""
ROBOTIC = """\
- id: robotic
  kind: judge   # by a model
  question: Does it sound robotic?
  prior: {sign: -1, author: team, date: 2025-12-01}
"""
POLITE = ROBOTIC.replace("robotic", "polite")
TAIL = """\
tiers:
  - {tier: best, when: polite and not robotic, train: desirable}
"""


def indented(text: str, spaces: int) -> str:
    """A text with so many spaces before every line."""
    return "".join(" " * spaces + line for line in text.splitlines(keepends=True))


def rubric_file(folder: Path, text: str) -> Path:
    """A file of a rubric's text."""
    path = folder / "my.yaml"
    path.write_bytes(text.encode())
    return path


LISTED = "metrics:\n" + indented(ROBOTIC + POLITE, 2)
