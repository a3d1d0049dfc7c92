"""A proxy before a store that refuses a share of the requests. Not here: the store (store.py)."""

from __future__ import annotations

import random
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PASSED_ON = ("range", "content-type", "authorization", "content-md5", "content-encoding")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Refusing:
    """A proxy before a store that answers a share of requests with 503 and passes on the others."""

    def __init__(self, target: str, share: float, seed: int) -> None:
        self.refused, self.passed = 0, 0
        self.share, self._target, self._random = share, target, random.Random(seed)
        self._gate = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Refusing:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def refuses(self) -> bool:
        """Whether this request is refused, counted."""
        with self._gate:
            is_refused = self._random.random() < self.share
            self.refused += is_refused
            self.passed += not is_refused
            return is_refused

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if proxy.refuses():
                    self._send(503, {}, b"")
                else:
                    self._send(*proxy.passed_on(self.command, self.path, dict(self.headers), body))

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler

    def passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """What the store answers."""
        kept = {
            name: value for name, value in headers.items()
            if name.lower() in _PASSED_ON or name.lower().startswith("x-amz")
        }  # fmt: skip
        request = urllib.request.Request(
            self._target + path, data=body or None, headers=kept, method=method
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            data = answer.read()
            back = {
                name: value for name, value in answer.headers.items()
                if name.lower() in ("etag", "content-range", "content-type", "last-modified",
                                    "accept-ranges")
            }  # fmt: skip
            if method == "HEAD":
                back["Content-Length"] = answer.headers.get("Content-Length", "0")
            return answer.status, back, data
