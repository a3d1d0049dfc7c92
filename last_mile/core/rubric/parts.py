"""What the sections of a rubric share: names, the error with a path, the hash of a definition."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
StratumName = Annotated[
    str, StringConstraints(pattern=r"^(attributes\.)?[A-Za-z][A-Za-z0-9_]{0,62}$")
]
TAKEN = {
    "conversation_id", "user_id", "model", "surface", "category", "task_id", "started_at", "day",
    "everyone", "outcome", "content_hash", "release", "scope", "n", "judge_weight",
    "list_has_two", "list_has_thousand", "all", "strata", "engagement",
}  # fmt: skip


class RubricError(ValueError):
    """Something wrong between the entries of a rubric, with the path of the entry to change."""

    def __init__(self, message: str, *loc: str | int) -> None:
        super().__init__(message)
        self.loc = loc


class Part(BaseModel):
    """A section: no unknown fields, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def digest(value: object) -> str:
    """First 16 hex digits of the sha256 of a JSON value with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
