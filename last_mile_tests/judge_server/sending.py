"""The ways an answer leaves the server: whole, as an error, in half, or not at all.

Not here: which one a request gets (server.py, batch_routes.py).
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from last_mile_tests.judge_server.faults import Refusal

_PAGE = b"<!DOCTYPE html><html><body><h1>Welcome to the gateway</h1></body></html>"


def json_response(body: Any, status: int = 200) -> web.Response:
    """A JSON response; bytes are JSON already."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return web.Response(body=data, status=status, content_type="application/json")


def refused(refusal: Refusal, retry_after: str = "") -> web.Response:
    """An HTTP error, with a Retry-After header of so many seconds when given."""
    response = json_response(refusal.body, refusal.status)
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


def page() -> web.Response:
    """A page where JSON was expected, as a proxy gives it."""
    return web.Response(body=_PAGE, content_type="text/html")


def dropped(request: web.Request, data: bytes) -> web.Response:
    """The headers and half of the body, then the end of the connection."""
    if request.transport is not None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}"
        request.transport.write(f"{head}\r\n\r\n".encode() + data[: len(data) // 2])
        request.transport.close()
    return web.Response()


def closed(request: web.Request) -> web.Response:
    """The end of the connection before any byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
