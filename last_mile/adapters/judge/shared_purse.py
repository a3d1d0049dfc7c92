"""The purse in Redis: one budget for workers on any number of machines.

A worker is known by a lease, and what it holds by an account of its own. Where it cannot be known
what others hold, nothing is set aside. Not here: the scripts (purse_scripts.py).
"""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import cast

from last_mile.adapters.judge.locks import Hold, Lease, holding, lease_ms
from last_mile.adapters.judge.purse import Capped, Caps, name_of_month, name_of_run
from last_mile.adapters.judge.purse_scripts import BEAT, JOIN, LEAVE, LOOK, RESERVE, SETTLE
from last_mile.adapters.redis_client import Redis, prefixed, shared
from last_mile.errors import PassingError, UserError


class SharedPurse:
    """A purse in Redis; see `Purse`.

    Args:
        folder: Of this home's purse: its workers read the journals of one another.
        run: What the spending cap per run is about.
        caps: In nano-dollars.
        redis: Where.
        held: What is judged; without it nothing is set aside.
    """

    def __init__(self, folder: Path, run: str, caps: Caps, redis: Redis, held: Hold) -> None:
        self._folder, self._run, self._caps = folder, name_of_run(run), caps
        self._redis, self._held, self._worker = redis, held, uuid.uuid4().hex
        self._keys = ["purse", "workers", f"account:{self._worker}"]
        self._mine = Counter[str]()  # nano-dollars by run and month, as in the account
        self._lease: Lease | None = None
        self._home = ""
        self._is_gone = False  # what Redis does not hear now is in the journal

    def reserve(self, nano: int, now: datetime) -> Capped | None:
        """See `Purse`."""
        self._held.check()
        month = name_of_month(now)
        caps = [_stated(self._caps.run_nano), _stated(self._caps.month_nano)]
        try:
            why = self._redis.run(
                RESERVE, self._keys, nano, self._run, caps[0], month, caps[1], -nano
            )
        except UserError:
            self._is_gone = True
            raise
        if why == "lost":
            raise PassingError(lost(self._redis))
        if why:
            return cast("Capped", why)
        self._mine.update({self._run: nano, month: nano})
        return None

    def settle(self, reserved: int, spent: int, sent_at: datetime, run: str | None = None) -> None:
        """See `Purse`. What Redis does not hear of stays set aside until counters are set anew."""
        name, month = self._run if run is None else name_of_run(run), name_of_month(sent_at)
        if run is None:
            self._mine.update({name: spent - reserved, month: spent - reserved})
        if self._is_gone:
            return
        try:
            own = int(run is None)
            self._redis.run(SETTLE, self._keys, spent - reserved, name, month, own)
        except UserError:
            self._is_gone = True

    def alone(self, *, others_write: bool) -> bool:
        """See `Purse`.

        Raises:
            PassingError: Redis lost the counters while others hold money, or is not reachable.
        """
        is_alone, is_set = self._redis.run(LOOK, self._keys, self._worker)
        if is_alone == "1" and not others_write:
            return True
        if is_set != "1":
            raise PassingError(lost(self._redis))
        return False

    def set_spent(self, run: int, month: int, now: datetime) -> None:
        """See `Purse`."""
        self._join("1", run, name_of_month(now), month)

    def set_run_spent(self, run: int) -> None:
        """See `Purse`."""
        self._join("0", run, "", 0)

    def starting(self) -> AbstractContextManager[object]:
        """See `Purse`."""
        return holding(self._folder, "start")

    def folded(self) -> None:
        """See `Purse`. Until then what it holds counts, should this worker die."""
        self.close()
        with suppress(UserError):  # an account that is left counts too much, never too little
            self._redis.run(LEAVE, self._keys, self._worker)

    def close(self) -> None:
        """See `Purse`."""
        if self._lease:
            self._lease.end()
            self._lease = None

    def _join(self, alone: str, run: int, month: str, month_nano: int) -> None:
        self._home = _home_id(self._folder)
        self._redis.run(
            JOIN, self._keys, self._worker, self._home, lease_ms(), prefixed("account:"), alone,
            self._run, run, month, month_nano,
        )  # fmt: skip
        self._lease = Lease("judge, the shared budget", self._beat)

    def _beat(self) -> bool:
        mine = [text for name, nano in [*self._mine.items()] for text in (name, nano)]
        asked = (self._worker, self._home, lease_ms(), *mine)
        return bool(self._redis.run(BEAT, self._keys, *asked))


def others_judge() -> bool:
    """Whether a worker on any machine is judging, as far as they share a Redis."""
    redis = shared()
    return redis is not None and redis.run(LOOK, ["purse", "workers"], "")[0] == "0"


def lost(redis: Redis) -> str:
    """Why nothing is asked when the counters are not those of this Redis."""
    return (
        f"Redis at {redis.where} does not hold what workers have set aside: it was started or "
        "emptied while they judged, or one was not heard of for too long. Nothing is asked until "
        "all of them have ended, which takes a few minutes; then run it again. What was answered "
        "is kept"
    )


def _stated(cap: int | None) -> str | int:
    return "" if cap is None else cap


def _home_id(folder: Path) -> str:
    """Of this home, whatever it is called on this machine; made once, under the start lock."""
    path = folder / "home"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(uuid.uuid4().hex)
    return path.read_text()
