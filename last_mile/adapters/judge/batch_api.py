"""The batch API of a provider through LiteLLM: hand a file over, look, fetch.

Not here: which calls stand in the file, what becomes of the results (batches.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from last_mile.adapters.judge.client import litellm
from last_mile.core.judge.batch_rows import ENDPOINT
from last_mile.errors import UserError

PROVEN = ("openai", "hosted_vllm", "litellm_proxy")
_TAG = "last_mile"  # key of our submission in the batch's metadata
_PAGE = 100  # batches listed at once
_CLOCKS_DIFFER_S = 3600.0  # ours and the provider's, at most
_REFUSALS = range(400, 500)  # an answer that says that nothing was started


class BatchRefusedError(UserError):
    """The provider did not take a batch, and nothing of it is paid."""


class Status(NamedTuple):
    """Where a batch stands at the provider."""

    batch_id: str
    status: str
    output_file: str | None
    error_file: str | None


@dataclass(frozen=True)
class BatchApi:
    """The batch API behind a judge."""

    judge: str
    model: str
    provider: str

    @classmethod
    def of(cls, judge: str) -> BatchApi:
        """The API of a judge.

        Raises:
            UserError: Batches do not work with its provider.
        """
        try:
            model, provider, *_ = litellm().get_llm_provider(judge)
        except Exception as error:
            raise UserError(f"judge {judge}: LiteLLM knows no provider of that name") from error
        if provider not in PROVEN:
            raise UserError(
                f"judge {judge}: --batch works with {', '.join(PROVEN)} models, not with "
                f"{provider}; leave --batch out"
            )
        return cls(judge, model, provider)

    async def submit(self, data: bytes, submission: str, since: datetime) -> Status:
        """Upload requests and start their batch.

        Args:
            data: Lines of requests.
            submission: Ours; it goes into the batch's metadata.
            since: When the submission was made.

        Raises:
            BatchRefusedError: The provider did not take it; nothing was started.
            UserError: It is not known whether it was; the next run finds out.
        """
        name = f"last_mile_{submission}.jsonl"
        try:
            file = await litellm().acreate_file(
                file=(name, data, "application/jsonl"), purpose="batch", **self._options()
            )
        except Exception as error:
            raise BatchRefusedError(self._sentence(error)) from None
        try:
            batch = await litellm().acreate_batch(
                completion_window="24h", endpoint=ENDPOINT, input_file_id=file.id,
                metadata={_TAG: submission}, **self._options(),
            )  # fmt: skip
        except Exception as error:
            if _status_code(error) in _REFUSALS:
                raise BatchRefusedError(self._sentence(error)) from None
            found = await self.find(submission, since)  # its answer may have been lost on the way
            if found is None:
                raise UserError(self._sentence(error)) from None
            return found
        return _status(batch)

    async def find(self, submission: str, since: datetime) -> Status | None:
        """A batch of ours by its metadata, or None.

        Args:
            submission: Ours.
            since: When it was made; older batches are not looked at.

        Raises:
            UserError: The provider cannot be asked.
        """
        oldest, after = since.timestamp() - _CLOCKS_DIFFER_S, None
        while True:
            cursor: dict[str, Any] = {"after": after} if after else {}
            try:
                page = await litellm().alist_batches(limit=_PAGE, **cursor, **self._options())
            except Exception as error:
                raise UserError(self._sentence(error)) from None
            for batch in page.data:
                if (getattr(batch, "metadata", None) or {}).get(_TAG) == submission:
                    return _status(batch)
            if not page.data or not page.has_more or page.data[-1].created_at < oldest:
                return None
            after = page.data[-1].id

    async def look(self, batch_id: str) -> Status | None:
        """Where a batch stands; None: the provider does not know it (any more).

        Raises:
            UserError: The provider cannot be asked.
        """
        try:
            return _status(await litellm().aretrieve_batch(batch_id=batch_id, **self._options()))
        except Exception as error:
            if _status_code(error) == 404:  # noqa: PLR2004
                return None
            raise UserError(self._sentence(error)) from None

    async def fetch(self, file_id: str | None) -> bytes:
        """A result file; empty when there is none.

        Raises:
            UserError: It cannot be fetched; it can be tried again.
        """
        if file_id is None:
            return b""
        try:
            content = await litellm().afile_content(file_id=file_id, **self._options())
        except Exception as error:
            raise UserError(self._sentence(error)) from None
        return bytes(content.content)

    def _options(self) -> dict[str, Any]:
        return {"custom_llm_provider": self.provider, "max_retries": 0}

    def _sentence(self, error: Exception) -> str:
        status = _status_code(error) or "no answer"
        return (
            f"judge {self.judge}: the batch API failed ({type(error).__name__}, {status}); what "
            "was submitted is known and the same command goes on"
        )


def _status_code(error: Exception) -> int | None:
    return getattr(error, "status_code", None)


def _status(batch: Any) -> Status:
    return Status(
        batch.id,
        batch.status,
        getattr(batch, "output_file_id", None),
        getattr(batch, "error_file_id", None),
    )
