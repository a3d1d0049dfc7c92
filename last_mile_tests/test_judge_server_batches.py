"""The batch API of the server that stands in for a model, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from last_mile_tests.judge_server import JudgeServer, judge_server
from last_mile_tests.judge_server.asking import http, messages

BODY = {"model": "gpt-4o-mini", "messages": messages()}
ENDPOINT = "/v1/chat/completions"


def rows(count: int) -> bytes:
    lines = [
        {"custom_id": f"c{i}", "method": "POST", "url": ENDPOINT, "body": BODY}
        for i in range(count)
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


def send(server: JudgeServer, method: str, path: str, **sent: Any) -> httpx.Response:
    return http().request(method, f"{server.url}/{path}", **sent)


def upload(server: JudgeServer, content: bytes) -> str:
    sent = {"file": ("rows.jsonl", content)}
    file_id: str = send(server, "POST", "files", files=sent, data={"purpose": "batch"}).json()["id"]
    return file_id


def create(server: JudgeServer, content: bytes, **over: Any) -> dict[str, Any]:
    asked = {"input_file_id": upload(server, content), "endpoint": ENDPOINT}
    asked |= {"completion_window": "24h", **over}
    batch: dict[str, Any] = send(server, "POST", "batches", json=asked).json()
    return batch


def retrieve(server: JudgeServer, batch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = send(server, "GET", f"batches/{batch['id']}").json()
    return found


def lines(server: JudgeServer, file_id: str) -> dict[str, dict[str, Any]]:
    """Lines of a file by custom_id."""
    text = send(server, "GET", f"files/{file_id}/content").text
    return {line["custom_id"]: line for line in map(json.loads, text.splitlines())}


def test_a_batch_goes_through_its_states_and_then_shows_its_answers() -> None:
    with judge_server() as server:
        server.batches.polls_before_done = 3
        batch = create(server, rows(3), metadata={"run": "r1"})
        seen = [batch, *(retrieve(server, batch) for _ in range(5))]
        done = seen[-1]
        found = lines(server, done["output_file_id"])
    states = ["validating", "in_progress", "in_progress", "finalizing", "completed", "completed"]
    assert [b["status"] for b in seen] == states
    assert [b["output_file_id"] for b in seen[:4]] == [None] * 4
    assert done["request_counts"] == {"total": 3, "completed": 3, "failed": 0}
    assert (done["error_file_id"], done["metadata"]) == (None, {"run": "r1"})
    assert done["completed_at"] >= done["created_at"]
    assert list(found) == ["c2", "c1", "c0"]  # no order is promised
    response = found["c0"]["response"]
    assert response["status_code"] == 200
    assert "robotic" in response["body"]["choices"][0]["message"]["content"]


def test_rows_fail_one_by_one() -> None:
    with judge_server() as server:
        server.batches.row_faults = {
            0: "429", "c1": "truncated", 2: "refusal", 3: "timeout", 4: "lost", 5: "too_long",
        }  # fmt: skip
        done = retrieve(server, create(server, rows(7)))
        good = lines(server, done["output_file_id"])
        bad = lines(server, done["error_file_id"])
    assert sorted(good) == ["c1", "c2", "c6"]
    assert sorted(bad) == ["c0", "c3", "c5"]
    assert done["request_counts"] == {"total": 7, "completed": 3, "failed": 3}
    assert good["c1"]["response"]["body"]["choices"][0]["finish_reason"] == "length"
    assert good["c2"]["response"]["body"]["choices"][0]["message"]["refusal"]
    assert bad["c0"]["response"]["status_code"] == 429
    assert bad["c0"]["error"] is None
    assert bad["c3"]["response"] is None
    assert bad["c3"]["error"]["code"] == "request_timeout"
    assert bad["c5"]["response"]["body"]["error"]["code"] == "context_length_exceeded"
    assert sorted(str(bill.request_id) for bill in server.bills) == ["c1", "c2", "c6"]


def test_a_row_costs_half() -> None:
    with judge_server(price_nano=(3, 3, 3)) as server:
        create(server, rows(1))
        server.batches.half_price = False
        create(server, rows(1))
    half, whole = (bill.nano for bill in server.bills)
    assert half == (whole + 1) // 2  # rounded up


@pytest.mark.parametrize(
    ("finish_as", "code"), [("expired", "batch_expired"), ("cancelled", "batch_cancelled")]
)
def test_an_interrupted_batch_has_a_partial_output(finish_as: Any, code: str) -> None:
    with judge_server() as server:
        server.batches.finish_as, server.batches.finished_share = finish_as, 0.4
        done = retrieve(server, create(server, rows(5)))
        good = lines(server, done["output_file_id"])
        bad = lines(server, done["error_file_id"])
    assert done["status"] == finish_as
    assert done[f"{finish_as}_at"] is not None
    assert sorted(good) == ["c0", "c1"]  # 0.4 * 5
    assert {(line["response"], line["error"]["code"]) for line in bad.values()} == {(None, code)}
    assert done["request_counts"] == {"total": 5, "completed": 2, "failed": 3}
    assert server.paid == 2


def test_a_failed_batch_says_why_and_costs_nothing() -> None:
    with judge_server() as server:
        server.batches.finish_as = "failed"
        done = retrieve(server, create(server, rows(2)))
    assert (done["status"], done["output_file_id"]) == ("failed", None)
    assert done["errors"]["data"][0]["code"] == "token_limit_exceeded"
    assert server.paid == 0


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (rows(1) + b"\n{not json", "invalid_json_line", 2),
        (rows(1) + b"\n" + rows(1), "duplicate_custom_id", 2),
        (b"", "empty_file", None),
    ],
    ids=["not-json", "repeated-id", "empty"],
)
def test_an_input_file_is_validated(content: bytes, code: str, line: int | None) -> None:
    with judge_server() as server:
        done = retrieve(server, create(server, content))
    (error,) = done["errors"]["data"]
    assert (done["status"], error["code"], error["line"]) == ("failed", code, line)
    assert server.paid == 0


def test_a_cancelled_batch_shows_what_was_paid() -> None:
    with judge_server() as server:
        server.batches.polls_before_done = 9
        batch = create(server, rows(2))
        assert (
            send(server, "POST", f"batches/{batch['id']}/cancel").json()["status"] == "cancelling"
        )
        done = retrieve(server, batch)
        assert done["status"] == "cancelled"
        assert len(lines(server, done["output_file_id"])) == server.paid == 2
        assert send(server, "POST", f"batches/{batch['id']}/cancel").json() == done


def test_a_batch_whose_creation_was_not_answered_is_paid_and_found_in_the_list() -> None:
    with judge_server() as server:
        for i in range(3):
            create(server, rows(1), metadata={"run": f"r{i}"})
        server.batches.create_faults = ["503", "dropped"]
        assert create(server, rows(1))["error"]["type"] == "service_unavailable"
        with pytest.raises(httpx.RemoteProtocolError):
            create(server, rows(1), metadata={"run": "lost"})
        first = send(server, "GET", "batches", params={"limit": 3}).json()
        rest = send(server, "GET", "batches", params={"after": first["last_id"]}).json()
    assert [b["metadata"]["run"] for b in first["data"]] == ["lost", "r2", "r1"]  # newest first
    assert [b["metadata"]["run"] for b in rest["data"]] == ["r0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert server.paid == 4


@pytest.mark.parametrize("path", ["batches/x", "files/x", "files/x/content"])
def test_what_does_not_exist_is_not_found(path: str) -> None:
    with judge_server() as server:
        assert send(server, "GET", path).status_code == 404


def test_a_fault_a_row_cannot_have_is_refused() -> None:
    with judge_server() as server:
        server.batches.row_faults = {0: "hang"}
        assert "not one of a batch row" in create(server, rows(1))["error"]["message"]
        assert server.batches.made == {}
