"""When the next call may start: an adaptive window, a gate for Retry-After, a declared rate.

Shared by all calls of a run; time is given. Not here: sending, sleeping (adapters/judge/).
"""

from __future__ import annotations

from dataclasses import dataclass

_CUT_AT_MOST_EVERY_S = 1.0  # calls in flight at a limit all meet it; it counts once
_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 60.0
_CUT_TO, _STEPS = 0.7, 16  # of the window at a limit; windows of answers until it is full again


@dataclass(slots=True)
class Flow:
    """The flow of calls to one judge.

    One call until the first answer, then the window opens to `most`. A limit (429, 503) cuts it to
    70 %, at most once a second, and closes the gate for the provider's Retry-After; without one,
    when limits go on for more than a second without an answer, for a pause that doubles. Every
    window of answers widens it by a 16th of `most`.
    """

    most: int  # calls in flight
    per_minute: float | None = None  # calls started
    window: float = 1.0
    in_flight: int = 0
    opened: bool = False
    _gate: float = 0.0  # closed until
    _next_start: float = 0.0
    _cut_at: float = float("-inf")
    _limits: int = 0  # in a row

    def wait_s(self, now: float) -> float | None:
        """Seconds until the next call may start (0: now); None: when one in flight has ended."""
        if self.in_flight >= int(self.window):
            return None
        return max(self._gate - now, self._next_start - now, 0.0)

    def started(self, now: float) -> None:
        """A call was started."""
        self.in_flight += 1
        if self.per_minute:
            self._next_start = max(self._next_start, now) + 60.0 / self.per_minute

    def ended(self) -> None:
        """A call has ended, in whatever way."""
        self.in_flight -= 1

    def answered(self) -> None:
        """The judge answered."""
        self._limits = 0
        if not self.opened:
            self.opened, self.window = True, float(self.most)
        step = max(self.most / _STEPS, 1.0)
        self.window = min(self.window + step / self.window, float(self.most))

    def limited(self, now: float, retry_after_s: float | None) -> float:
        """The provider asked for less: seconds that nobody should ask for."""
        if now - self._cut_at >= _CUT_AT_MOST_EVERY_S:
            self.window, self._cut_at = max(self.window * _CUT_TO, 1.0), now
            self._limits += 1
        pause = retry_after_s or 0.0
        if retry_after_s is None and self._limits > 1:  # not one of many that were answered
            pause = min(_PAUSE_S * 2 ** min(self._limits - 1, 20), _LONGEST_PAUSE_S)
        self._gate = max(self._gate, now + pause)
        return pause
