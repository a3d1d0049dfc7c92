"""When calls may start, over all workers: the declared rate, and the gate of whoever met a limit.

In Redis, by its clock. Not here: the window of one process, its own gate (core/judge/flow.py).
"""

from __future__ import annotations

from contextlib import suppress

from last_mile.adapters.redis_client import Redis, shared
from last_mile.errors import UserError

_KEYS = ("pace",)
_KEPT_MS = 7_200_000  # longer than any Retry-After is obeyed
# ARGV: microseconds between two starts. Microseconds to wait; 0: the start is taken.
_TAKE = """
local found = redis.call('HMGET', KEYS[1], 'gate', 'next')
local wait = math.max(tonumber(found[1] or 0), tonumber(found[2] or 0)) - now()
if wait > 0 then return wait end
if ARGV[1] ~= '0' then redis.call('HSET', KEYS[1], 'next', whole(now() + ARGV[1])) end
return 0
"""
# ARGV: microseconds from now, and how long this is remembered.
_CLOSE = """
local gate = math.max(tonumber(redis.call('HGET', KEYS[1], 'gate') or 0), now() + ARGV[1])
redis.call('HSET', KEYS[1], 'gate', whole(gate))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


class Pace:
    """Of one process: its `Flow` knows all of it."""

    def wait_s(self) -> float:
        """Seconds until a call may start; 0: it may now, and counts as started.

        Raises:
            PassingError: In Redis: that is not known.
        """
        return 0.0

    def close(self, seconds: float) -> None:
        """Let no worker start a call for so long."""


class SharedPace(Pace):
    """Of all workers."""

    def __init__(self, redis: Redis, per_minute: float | None) -> None:
        self._redis = redis
        self._between_us = round(60e6 / per_minute) if per_minute else 0

    def wait_s(self) -> float:
        """See `Pace`."""
        return float(self._redis.run(_TAKE, _KEYS, self._between_us)) / 1e6

    def close(self, seconds: float) -> None:
        """See `Pace`. Calls that end while Redis is away are settled all the same."""
        with suppress(UserError):
            self._redis.run(_CLOSE, _KEYS, round(seconds * 1e6), _KEPT_MS)


def shared_pace(per_minute: float | None) -> SharedPace | None:
    """The pace of all workers; None: this process keeps its own."""
    redis = shared()
    return SharedPace(redis, per_minute) if redis else None
