"""What columns are that mean the same in every table; a comment in a table's own file comes first.

Not here: what a column is in one table only (sql/<table>.sql, beside the column).
"""

from __future__ import annotations

COLUMN_WORDS = {
    "accepted": "records that could be used",
    "annotator": "who gave the answer",
    "as_of": "UTC; time up to which outcomes were known; null: none ever arrived",
    "attributes": "JSON object: what the log says beside the known fields",
    "category": "kind of task, as logged",
    "content_hash": "of the conversation as the judge saw it (conversations)",
    "context": "documents that were given to the assistant",
    "conversation_id": "the conversation",
    "day": "UTC day the conversation started",
    "definition_hash": "of the metric's entry in the rubric",
    "dropped": "why it was taken out, if it was",
    "entry_point": "where in the product the conversation began, as logged",
    "epoch": "hash of everything that defines the judge's answers",
    "events": "of these, with the outcome",
    "file": "path inside the drop folder",
    "flag": "the metric's value",
    "horizon_days": "how long after the start the outcome may occur and still count",
    "judge": "the model asked",
    "kind": "of the drop: what its records are about",
    "line": "number of the line, row or element in its file, from 1",
    "messages": "in order, each with its role and content",
    "metric": "id of a metric of the rubric",
    "model": "release of the product's model or prompt that answered, as logged",
    "n": "conversations",
    "n_bytes": "of the record's line, without its end",
    "outcome": "id of an outcome of the rubric",
    "part": "place in a line that holds several records; 0 otherwise",
    "rate": "share with the outcome",
    "raw": "the bytes of a refused record; null: accepted",
    "reason": "why it is so: a word of a closed set",
    "reject_reason": "why it was refused; null: accepted",
    "rejected": "records that were refused",
    "rr": "relative risk of the outcome; null with a reason",
    "rule": "which rule it is of",
    "split": "train, test (drawn by a salted hash) or holdout (the newest days)",
    "status": "recorded, corrected or retracted",
    "surface": "part of the product, as logged",
    "task_id": "what the user worked on, as logged",
    "task_key": "salted hash of the task",
    "tier": "quality class",
    "train": "what the tier is in training: desirable, undesirable or nothing",
    "user_id": "who talked, as logged or its hash",
    "user_key": "salted hash of the user",
    "value": "as recorded",
}
_ENDS = {"_low": "lower end of its interval", "_high": "upper end of its interval"}


def general_word(column: str) -> str:
    """What a column of this name is in any table; empty where that depends on the table."""
    end = next((word for suffix, word in _ENDS.items() if column.endswith(suffix)), "")
    return COLUMN_WORDS.get(column, end)
