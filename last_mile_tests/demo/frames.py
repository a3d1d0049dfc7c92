"""The texts frame of the heuristics, built from conversation lines the way SQL builds it.

No test belongs in here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "conversation_id": pl.String,
    "entry_point": pl.String,
    "first_user_text": pl.String,
    "user_text": pl.String,
    "assistant_text": pl.String,
    "first_draft": pl.String,
    "final_output": pl.String,
    "context_text": pl.String,
    "job_text": pl.String,
    "profile_text": pl.String,
    "n_messages": pl.Int64,
    "n_user_messages": pl.Int64,
    "n_assistant_messages": pl.Int64,
    "n_answered_user_messages": pl.Int64,
    "tool_names": pl.List(pl.String),
    "attributes": pl.String,
}


def texts_frame(conversations: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row of texts per conversation line."""
    return pl.DataFrame([_row(line) for line in conversations], schema=SCHEMA)


def _row(line: Mapping[str, Any]) -> dict[str, Any]:
    said = [(m["role"], m["content"]) for m in line["messages"]]
    user = [text for role, text in said if role == "user" and text]
    assistant = [text for role, text in said if role == "assistant" and text]
    answers = [i for i, (role, text) in enumerate(said) if role == "assistant" and text]
    last = answers[-1] if answers else -1
    documents = line["context"]
    return {
        "conversation_id": line["conversation_id"],
        "entry_point": line.get("entry_point"),
        "first_user_text": user[0] if user else None,
        "user_text": "\n\n".join(user),
        "assistant_text": "\n\n".join(assistant),
        "first_draft": assistant[0] if assistant else None,
        "final_output": line.get("final_output"),
        "context_text": "\n\n".join(doc["text"] for doc in documents),
        "job_text": _joined(documents, "job"),
        "profile_text": _joined(documents, "profile"),
        "n_messages": len(said),
        "n_user_messages": len(user),
        "n_assistant_messages": len(assistant),
        "n_answered_user_messages": sum(r == "user" for r, _ in said[: last + 1]),
        "tool_names": [],
        "attributes": "{}",
    }


def _joined(documents: Iterable[Mapping[str, Any]], prefix: str) -> str:
    return "\n\n".join(d["text"] for d in documents if d["doc_id"].startswith(prefix))
