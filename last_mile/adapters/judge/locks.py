"""Locks of the judge by name, over all machines: in Redis with a lease, else as files.

A lease ends by itself when its holder dies; a thread renews it while it is held. Not here: what
the locks protect (stage.py, batches.py, bridge.py), the money (shared_purse.py).
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from last_mile.adapters.file_lock import locked
from last_mile.adapters.redis_client import Redis, shared
from last_mile.errors import PassingError, UserError

LEASE_S = 30.0  # after so long without a sign of life a worker has lost what it holds
_BEATS = 6  # renewals of a lease
_POLL_S = 0.2
# A Redis that was started or emptied just now does not know who is at work. Whoever lives says so
# again within a lease, or has lost what it held; until then it is not settled and lets nobody in.
_SETTLING_US = """
local function settling_us(seen, lease_ms)
  local id = server()
  if redis.call('HGET', seen, 'server') ~= id then
    redis.call('HSET', seen, 'server', id, 'since', whole(now()))
  end
  return tonumber(redis.call('HGET', seen, 'since')) + lease_ms * 1000 - now()
end
"""
# Microseconds to wait for Redis; 0: taken; -1: somebody else has it.
_TAKE = (
    _SETTLING_US
    + """
local wait = settling_us(KEYS[1], ARGV[2])
if wait > 0 then return wait end
return redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) and 0 or -1
"""
)
_RENEW = (
    _SETTLING_US
    + """
local settled = settling_us(KEYS[1], ARGV[2]) <= 0
for i = 2, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder ~= ARGV[1] and (holder or settled) then return 0 end
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
end
return 1
"""
)
_LET_GO = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class Lease:
    """Something that is held as long as it is renewed, by a thread of its own.

    Args:
        what: It holds, for people.
        renew: Renews it; False: somebody else has it now.
    """

    def __init__(self, what: str, renew: Callable[[], bool]) -> None:
        self._what, self._renew = what, renew
        self._renewed, self._lost = time.monotonic(), False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease of {what}", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Go on only while it is held.

        Raises:
            PassingError: It is lost, and stays so.
        """
        if time.monotonic() - self._renewed > LEASE_S:
            self._lost = True
        if self._lost:
            raise PassingError(
                f"{self._what}: the lease in Redis was lost (no sign of life for {LEASE_S:.0f} s, "
                "or Redis was emptied), so another worker may be at it and nothing more is asked "
                "here. What was answered is kept; run it again"
            )

    def end(self) -> None:
        """Renew it no more."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(LEASE_S / _BEATS):
            before = time.monotonic()
            if before - self._renewed > LEASE_S:  # one that ran out must not be taken again
                self._lost = True
            with suppress(UserError):  # Redis may be back at the next beat
                if self._renew():
                    self._renewed = before
                else:
                    self._lost = True


class Hold:
    """What is held by files: it cannot be lost while its holder lives."""

    def check(self) -> None:
        """Go on only while it is held."""


class _RedisHold(Hold):
    def __init__(self, redis: Redis, what: str) -> None:
        self._redis, self._token = redis, uuid.uuid4().hex
        self._keys: list[str] = []
        self._lease = Lease(what, self._renew)

    def take(self, name: str) -> None:
        """Take a lock; wait for whoever holds it."""
        while True:
            self.check()
            wait = self._redis.run(_TAKE, ["seen", f"lock:{name}"], self._token, lease_ms())
            if wait == 0:
                self._keys = [*self._keys, f"lock:{name}"]
                return
            time.sleep(_POLL_S if wait < 0 else min(wait / 1e6, _POLL_S))

    def check(self) -> None:
        self._lease.check()

    def let_go(self) -> None:
        self._lease.end()
        with suppress(UserError):  # the lease ends by itself
            self._redis.run(_LET_GO, self._keys, self._token)

    def _renew(self) -> bool:
        return bool(self._redis.run(_RENEW, ["seen", *self._keys], self._token, lease_ms()))


@contextmanager
def holding(folder: Path, *names: str) -> Iterator[Hold]:
    """Hold locks; wait for whoever holds them.

    Args:
        folder: Of the lock files, when there is no Redis.
        names: In an order that all keep, so that two that wait for one another cannot be.

    Raises:
        PassingError: Redis cannot be reached.
    """
    redis = shared()
    if redis is None or not names:
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(locked(folder / f"{name}.lock"))
            yield Hold()
        return
    hold = _RedisHold(redis, f"judge, {_named(names)}")
    try:
        for name in names:
            hold.take(name)
        yield hold
    finally:
        hold.let_go()


def _named(names: Iterable[str]) -> str:
    first, *more = names
    return f"{first} and {len(more)} more" if more else first


def lease_ms() -> int:
    """Milliseconds of a lease."""
    return round(LEASE_S * 1000)
