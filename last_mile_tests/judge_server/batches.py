"""The batch API's state: files, batches, and how their rows turn out.

Rows are answered and paid when a batch is made, and shown when it ends: a batch whose id was lost
is paid all the same. Not here: HTTP (batch_routes.py), the
lines of files (batch_rows.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from last_mile_tests.judge_server.batch_rows import (
    ROW_ERRORS,
    Row,
    error_of,
    named,
    rows_of,
    unanswered,
)
from last_mile_tests.judge_server.bills import Till, usage_of
from last_mile_tests.judge_server.faults import ERRORS, HONEST, REPLIES, fault_of
from last_mile_tests.judge_server.replies import Answerer, completion, reply_to

FinishAs = Literal["completed", "expired", "failed", "cancelled"]


@dataclass
class Batches:
    """How the next batches go, and what was made.

    Attributes:
        polls_before_done: Retrievals that still show a batch at work.
        finish_as: How a batch ends. `expired` and `cancelled` end with `finished_share` of the rows
            answered; `failed` with `failure` and no rows.
        row_faults: Index of a row, or its custom_id, to a fault: an HTTP error or `timeout` (a line
            of the error file), a spoilt reply (a success line), or `lost` (no line anywhere).
        half_price: Rows cost half.
        create_faults: One per batch creation, consumed: an HTTP error, or `dropped` (the batch is
            made, its answer is lost).
        file_reads: Content downloads by file id.
    """

    till: Till
    answerer: Callable[[], Answerer]
    polls_before_done: int = 0
    finish_as: FinishAs = "completed"
    finished_share: float = 0.5
    failure: tuple[str, str] = ("token_limit_exceeded", "Enqueued token limit reached.")
    row_faults: dict[int | str, str] = field(default_factory=dict)
    half_price: bool = True
    create_faults: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)  # batch objects, oldest first
    file_reads: dict[str, int] = field(default_factory=dict)
    _ends: dict[str, dict[str, Any]] = field(default_factory=dict)  # what a batch will show
    _polls: dict[str, int] = field(default_factory=dict)

    def add_file(self, content: bytes) -> str:
        """Keep a file; returns its id."""
        file_id = f"file-{len(self.files) + 1:06d}"
        self.files[file_id] = content
        return file_id

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a batch of an uploaded file, and answer and bill its rows.

        Args:
            asked: `input_file_id`, `endpoint`, `completion_window`, perhaps `metadata`.

        Raises:
            KeyError: There is no such file.
            ValueError: A row's fault is not one a row can have, or a row is not a judge prompt.
        """
        content, now = self.files[asked["input_file_id"]], int(time.time())
        batch_id = f"batch_{len(self.made) + 1:06d}"
        batch = {
            "id": batch_id, "object": "batch", "endpoint": asked["endpoint"], "errors": None,
            "input_file_id": asked["input_file_id"], "status": "validating",
            "completion_window": asked["completion_window"], "output_file_id": None,
            "error_file_id": None, "created_at": now, "in_progress_at": None,
            "expires_at": now + 86_400, "finalizing_at": None, "completed_at": None,
            "failed_at": None, "expired_at": None, "cancelling_at": None, "cancelled_at": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": asked.get("metadata"),
        }  # fmt: skip
        self._ends[batch_id] = self._end(content)
        self.made[batch_id], self._polls[batch_id] = batch, 0
        return batch

    def retrieve(self, batch_id: str) -> dict[str, Any]:
        """The batch, one poll later.

        Raises:
            KeyError: There is no such batch.
        """
        batch, end = self.made[batch_id], self._ends[batch_id]
        if batch["status"] in {"completed", "expired", "failed", "cancelled"}:
            return batch
        self._polls[batch_id] += 1
        now, left = int(time.time()), self.polls_before_done - self._polls[batch_id]
        status = batch["status"]
        if status == "cancelling":
            batch |= {**end, "status": "cancelled", "cancelled_at": now}
        elif left < 0:
            batch |= {**end, f"{end['status']}_at": now}
        elif left == 0 and status == "in_progress":
            batch |= {"status": "finalizing", "finalizing_at": now}
        elif status == "validating":
            counts = {**end["request_counts"], "completed": 0, "failed": 0}
            batch |= {"status": "in_progress", "in_progress_at": now, "request_counts": counts}
        return batch

    def cancel(self, batch_id: str) -> dict[str, Any]:
        """Start cancelling; the next retrieval shows it cancelled, with what was answered.

        Raises:
            KeyError: There is no such batch.
        """
        batch = self.made[batch_id]
        if batch["status"] in {"validating", "in_progress", "finalizing"}:
            batch |= {"status": "cancelling", "cancelling_at": int(time.time())}
        return batch

    def _end(self, content: bytes) -> dict[str, Any]:
        rows, errors = rows_of(content)
        if self.finish_as == "failed" and not errors:
            errors = [error_of(*self.failure)]
        if errors:
            counts = {"total": 0, "completed": 0, "failed": 0}
            listed = {"object": "list", "data": errors}
            return {"status": "failed", "errors": listed, "request_counts": counts}
        share = self.finished_share if self.finish_as in ROW_ERRORS else 1
        done: list[Row] = []
        failed: list[Row] = []
        for index, row in enumerate(rows):
            answered = index < round(len(rows) * share)
            line = self._line(index, row) if answered else unanswered(index, row, self.finish_as)
            if line is not None:
                success = line["error"] is None and line["response"]["status_code"] == 200
                (done if success else failed).append(line)
        return {
            "status": self.finish_as,
            "output_file_id": self._file_of(done),
            "error_file_id": self._file_of(failed),
            "request_counts": {"total": len(rows), "completed": len(done), "failed": len(failed)},
        }

    def _line(self, index: int, row: Row) -> dict[str, Any] | None:
        """The line of a row that was executed; None when it is lost."""
        custom_id, body = row["custom_id"], row["body"]
        text = self.row_faults.get(index, self.row_faults.get(custom_id, HONEST))
        if text == "lost":
            return None
        if text == "timeout":
            return unanswered(index, row, text)
        fault = fault_of(text)
        status, answer = 200, {}
        if fault.name in ERRORS:
            status, answer = ERRORS[fault.name].status, ERRORS[fault.name].body
        elif fault.name in REPLIES:
            reply = reply_to(body["messages"], self.answerer(), fault)
            bill = self.till.charge(body["messages"], reply.text, custom_id, half=self.half_price)
            answer = completion(index, body["model"], reply, usage_of(bill), fault.name)
        else:
            raise ValueError(f"fault {text!r} is not one of a batch row")
        response = {"status_code": status, "request_id": f"req_{index}", "body": answer}
        return {**named(index, row), "response": response, "error": None}

    def _file_of(self, lines: list[dict[str, Any]]) -> str | None:
        """A file of lines, last row first: no order is promised. None when there are no lines."""
        if not lines:
            return None
        return self.add_file("".join(json.dumps(line) + "\n" for line in lines[::-1]).encode())
