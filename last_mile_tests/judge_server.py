"""An OpenAI-compatible server on loopback that misbehaves on purpose and counts what it was paid.

For tests only. It answers judge prompts by a script of faults, then honestly.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from last_mile.core.judge_prompt import asked_metrics


@dataclass
class JudgeServer:
    """What to do with the next calls, and what was asked so far."""

    faults: list[str] = field(default_factory=list)  # one per call, consumed; then honest answers
    calls: int = 0
    paid: int = 0  # calls answered with a completion
    prompts: list[list[dict[str, str]]] = field(default_factory=list)
    url: str = ""
    latency_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self, messages: list[dict[str, str]]) -> str:
        """Record a call and take its fault off the script."""
        with self.lock:
            self.calls += 1
            self.prompts.append(messages)
            fault = self.faults.pop(0) if self.faults else "none"
            self.paid += fault in _PAID
            return fault


_PAID = ("none", "malformed", "empty", "off_menu", "missing", "refusal", "truncated")
_STATUS = {"too_long": 400, "500": 500, "503": 503, "429": 429, "401": 401, "404": 404}


@contextmanager
def judge_server(faults: list[str] | None = None) -> Iterator[JudgeServer]:
    """Run the server on a free loopback port until the block ends."""
    state = JudgeServer(list(faults or []))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: JudgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = state.next_fault(body["messages"])
            time.sleep(state.latency_s)
            if fault == "dropped":
                self.connection.close()
                return
            if fault in _STATUS:
                self._send(_STATUS[fault], _error(fault))
                return
            self._send(200, _completion(fault, asked_metrics(body["messages"][0]["content"])))

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler


def _error(fault: str) -> dict[str, Any]:
    if fault == "too_long":
        message = "This model's maximum context length is 10 tokens"
        return {"error": {"message": message, "code": "context_length_exceeded"}}
    return {"error": {"message": fault, "type": fault}}


def _completion(fault: str, metrics: list[str]) -> dict[str, Any]:
    verdicts = [{"metric": m, "answer": "false", "confidence": 0.75} for m in metrics]
    if fault == "off_menu":
        verdicts[0]["answer"] = "perhaps"
    if fault == "missing":
        verdicts = verdicts[1:]
    content: str | None = json.dumps({"verdicts": verdicts})
    content = {"malformed": "{not json", "empty": "", "truncated": '{"verdicts": ['}.get(
        fault, content or ""
    )
    message: dict[str, str | None] = {"role": "assistant", "content": content}
    if fault == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I cannot judge this."}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0, "message": message,
                "finish_reason": "length" if fault == "truncated" else "stop",
            }
        ],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }  # fmt: skip
