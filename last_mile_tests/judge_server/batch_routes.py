"""The HTTP side of the batch API: files and batches as OpenAI's documents say.

Not here: how batches go (batches.py).
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aiohttp import web

from last_mile_tests.judge_server.batches import Batches
from last_mile_tests.judge_server.faults import ERRORS, Refusal
from last_mile_tests.judge_server.sending import dropped, json_response, refused

_DEFAULT_PAGE, _LARGEST_PAGE = 20, 100


def add_to(app: web.Application, batches: Batches) -> None:
    """Add the routes of files and batches."""
    routes = _Routes(batches)
    app.router.add_post("/v1/files", routes.upload)
    app.router.add_get("/v1/files/{id}", routes.file)
    app.router.add_get("/v1/files/{id}/content", routes.content)
    app.router.add_post("/v1/batches", routes.create)
    app.router.add_get("/v1/batches", routes.listed)
    app.router.add_get("/v1/batches/{id}", routes.retrieve)
    app.router.add_post("/v1/batches/{id}/cancel", routes.cancel)


class _Routes:
    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        sent = form.get("file")
        if form.get("purpose") != "batch" or not isinstance(sent, web.FileField):
            return refused(_invalid("a file is sent as `file`, with the purpose `batch`"))
        return json_response(self._file(self.batches.add_file(sent.file.read())))

    async def file(self, request: web.Request) -> web.Response:
        file_id = request.match_info["id"]
        if file_id not in self.batches.files:
            return refused(_unknown("file", file_id))
        return json_response(self._file(file_id))

    async def content(self, request: web.Request) -> web.Response:
        file_id = request.match_info["id"]
        if file_id not in self.batches.files:
            return refused(_unknown("file", file_id))
        reads = self.batches.file_reads
        reads[file_id] = reads.get(file_id, 0) + 1
        content = self.batches.files[file_id]
        return web.Response(body=content, content_type="application/octet-stream")

    async def create(self, request: web.Request) -> web.Response:
        asked = msgspec.json.decode(await request.read())
        fault = self.batches.create_faults.pop(0) if self.batches.create_faults else ""
        if fault in ERRORS:
            return refused(ERRORS[fault])
        if asked.get("input_file_id") not in self.batches.files:
            return refused(_unknown("file", asked.get("input_file_id")))
        try:
            batch = self.batches.create(asked)
        except ValueError as error:
            return refused(_invalid(str(error)))
        if fault == "dropped":
            return dropped(request, msgspec.json.encode(batch))
        return json_response(batch)

    async def listed(self, request: web.Request) -> web.Response:
        """Newest first, `limit` after the id `after`."""
        newest = list(self.batches.made.values())[::-1]
        limit = min(int(request.query.get("limit", _DEFAULT_PAGE)), _LARGEST_PAGE)
        after = request.query.get("after")
        start = 1 + next((i for i, b in enumerate(newest) if b["id"] == after), -1)
        data = newest[start : start + limit]
        ids = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        more = start + limit < len(newest)
        return json_response({"object": "list", "data": data, "has_more": more, **ids})

    async def retrieve(self, request: web.Request) -> web.Response:
        return self._about_batch(request, self.batches.retrieve)

    async def cancel(self, request: web.Request) -> web.Response:
        return self._about_batch(request, self.batches.cancel)

    def _about_batch(self, request: web.Request, done: Any) -> web.Response:
        batch_id = request.match_info["id"]
        if batch_id not in self.batches.made:
            return refused(_unknown("batch", batch_id))
        return json_response(done(batch_id))

    def _file(self, file_id: str) -> dict[str, Any]:
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(self.batches.files[file_id]),
            "created_at": int(time.time()),
            "filename": f"{file_id}.jsonl",
            "purpose": "batch",
            "status": "processed",
        }


def _invalid(message: str) -> Refusal:
    return Refusal(400, "invalid_value", "invalid_request_error", message)


def _unknown(kind: str, name: Any) -> Refusal:
    message = f"No such {kind} object: {name}"
    return Refusal(404, None, "invalid_request_error", message, "id")
