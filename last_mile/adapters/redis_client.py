"""Redis, named by $LAST_MILE_REDIS: what workers on several machines share.

One client per address; scripts run as a whole. Not here: what is kept in it (adapters/judge/).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from last_mile.errors import PassingError, UserError

REDIS = "LAST_MILE_REDIS"  # name of the variable that holds the address
_PREFIX = "{last_mile}:"  # braces: one slot of a cluster
_TIMEOUT_S = 5.0
# What scripts begin with: this server's clock in microseconds, and its name, new at every start.
_COMMON = """
local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local function server()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end
local function whole(number) return string.format('%.0f', number) end
"""


class Redis:
    """One Redis, asked through scripts only.

    Nothing is sent twice by itself: a script that set money aside may have run though its answer
    never came.
    """

    def __init__(self, url: str) -> None:
        module = _redis()
        try:
            self._client: Any = module.Redis.from_url(
                url, decode_responses=True, socket_timeout=_TIMEOUT_S, socket_keepalive=True,
                socket_connect_timeout=_TIMEOUT_S, retry=None,
            )  # fmt: skip
        except ValueError:  # its text may quote the address, and the password in it
            raise UserError(
                f"${REDIS} is no address of a Redis; it reads like redis://HOST:6379/0"
            ) from None
        known = self._client.connection_pool.connection_kwargs
        self.where = known.get("path") or "{host}:{port}".format(
            host=known.get("host", "localhost"), port=known.get("port", 6379)
        )
        self._scripts: dict[str, Any] = {}

    def run(self, script: str, keys: Sequence[str], *arguments: str | int) -> Any:
        """Run a script; nothing else runs in this Redis meanwhile.

        Args:
            script: Lua; `now()`, `server()` and `whole()` are there.
            keys: Names of keys, without the prefix of this project.
            arguments: As `ARGV` has them: texts.

        Raises:
            PassingError: Redis cannot be reached, or cannot be written now.
            UserError: It does not let us in.
        """
        errors = _redis().exceptions
        known = self._scripts.get(script)
        if known is None:
            known = self._scripts[script] = self._client.register_script(_COMMON + script)
        try:
            return known(keys=[prefixed(key) for key in keys], args=arguments)
        except (errors.AuthenticationError, errors.AuthorizationError, errors.NoPermissionError):
            raise UserError(
                f"Redis at {self.where} does not let this worker in; check user and password in "
                f"${REDIS}"
            ) from None
        except (errors.RedisError, OSError) as error:
            raise PassingError(
                f"Redis at {self.where} does not answer ({type(error).__name__}), and no judge is "
                f"asked without it; start it, or correct ${REDIS}. What was answered is kept"
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def prefixed(key: str) -> str:
    """The name of a key in Redis."""
    return _PREFIX + key


def shared() -> Redis | None:
    """The Redis that $LAST_MILE_REDIS names; None: this installation shares by files.

    Raises:
        UserError: The variable is no address, or the client is not installed.
    """
    url = os.environ.get(REDIS, "")
    return _at(url) if url else None


@functools.cache
def _at(url: str) -> Redis:
    return Redis(url)


def _redis() -> ModuleType:
    try:
        import redis  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise UserError(
            f"${REDIS} is set, and the client of Redis is not installed: "
            "pip install 'last-mile[celery]'"
        ) from None
    return redis
