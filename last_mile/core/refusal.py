"""Why an input line is refused: the closed set of reasons, and the exception that carries one.

Not here: what is checked (conversation.py, event_row.py, formats/), where refusals are kept.
"""

from __future__ import annotations

from typing import Literal

RejectReason = Literal[
    # the bytes
    "empty_line", "too_large", "nul_bytes", "invalid_utf8", "lone_surrogate", "invalid_json",
    "too_deep", "duplicate_key", "not_an_object", "unreadable_row",
    # the record
    "unknown_format", "not_a_model_call", "missing_conversation_id", "no_messages",
    "unknown_role", "wrong_type", "missing_field", "not_a_number", "unknown_status",
    # its times
    "no_start_time", "invalid_time", "time_out_of_range", "time_in_future",
    # whose it is: decided when it is landed, not when it is read
    "erased_user",
]  # fmt: skip


class RefusedLineError(Exception):
    """A line cannot become a row. Carries the reason, never the text."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason: RejectReason = reason
