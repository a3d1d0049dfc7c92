"""When the next call may start: window, gate and rate, on literal times and for any sequence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.flow import Flow


def _open(most: int = 16, per_minute: float | None = None) -> Flow:
    """A flow whose judge has answered."""
    flow = Flow(most, per_minute)
    flow.answered()
    return flow


def test_one_call_is_in_flight_until_the_first_answer_then_the_window_opens() -> None:
    flow = Flow(16)
    assert flow.wait_s(0.0) == 0.0
    flow.started(0.0)
    assert flow.wait_s(0.0) is None
    flow.answered()
    flow.ended()
    for _ in range(16):
        assert flow.wait_s(1.0) == 0.0
        flow.started(1.0)
    assert flow.wait_s(1.0) is None


def test_a_call_that_fails_before_the_first_answer_leaves_the_window_closed() -> None:
    flow = Flow(16)
    flow.started(0.0)
    flow.ended()
    flow.started(0.0)
    assert flow.wait_s(0.0) is None


def test_a_limit_cuts_the_window_to_70_percent_once_a_second() -> None:
    flow = _open(100)
    flow.limited(10.0, 0.0)
    assert flow.window == pytest.approx(70)
    flow.limited(10.9, 0.0)  # of the same calls in flight
    assert flow.window == pytest.approx(70)
    flow.limited(11.0, 0.0)
    assert flow.window == pytest.approx(49)


def test_a_window_of_answers_widens_it_by_a_sixteenth() -> None:
    flow = _open(160)
    flow.limited(0.0, 0.0)  # 160 x 0.7 = 112
    for _ in range(112):
        flow.answered()
    # 160 / 16 = 10 for a window of answers, a little less as the window grows under way
    assert 112 + 9 < flow.window <= 112 + 10


def test_a_small_window_grows_by_at_least_one() -> None:
    flow = _open(4)
    flow.limited(0.0, 0.0)  # 2.8
    flow.answered()
    assert flow.window == pytest.approx(2.8 + 1 / 2.8)


def test_the_gate_is_closed_for_the_providers_retry_after_and_no_later_limit_opens_it() -> None:
    flow = _open()
    flow.limited(10.0, 5.0)
    flow.limited(11.0, 1.0)
    assert flow.wait_s(12.0) == pytest.approx(3.0)
    assert flow.wait_s(15.0) == 0.0


def test_without_retry_after_the_pause_doubles_up_to_a_minute_until_an_answer() -> None:
    flow, pauses = _open(), []
    for second in range(0, 2_000, 100):
        flow.limited(float(second), None)
        pauses.append(flow.wait_s(float(second)))
    # none for the first limit, then 0.1 x 2^n: 0.2, 0.4, ... 51.2 (n = 9), then a minute
    assert pauses[:3] == pytest.approx([0.0, 0.2, 0.4])
    assert pauses[9] == pytest.approx(51.2)
    assert set(pauses[10:]) == {60.0}
    flow.answered()
    flow.limited(3_000.0, None)
    assert flow.wait_s(3_000.0) == 0.0
    flow.limited(3_100.0, None)
    assert flow.wait_s(3_100.0) == pytest.approx(0.2)


def test_limits_of_one_second_without_retry_after_cut_the_window_and_leave_the_gate_open() -> None:
    flow = _open(100)
    for tenth in range(10):  # of a hundred calls in flight some were too many
        flow.limited(10.0 + tenth / 10, None)
    assert flow.window == pytest.approx(70)
    assert flow.wait_s(10.9) == 0.0
    flow.limited(11.1, None)
    assert flow.wait_s(11.1) == pytest.approx(0.2)


def test_limits_among_answers_never_close_the_gate_without_retry_after() -> None:
    flow = _open(100)
    for second in range(100):
        flow.limited(float(second), None)
        assert flow.wait_s(float(second)) == 0.0
        flow.answered()


@given(st.lists(st.tuples(st.sampled_from(["answer", "limit"]), st.floats(0, 3)), max_size=60))
def test_for_any_sequence_the_gate_stays_as_it_is_for_a_second_after_an_answer(
    events: list[tuple[str, float]],
) -> None:
    flow, now, since = _open(), 0.0, None
    for event, seconds in events:
        now += seconds
        if event == "answer":
            flow.answered()
            since = None
            continue
        since = now if since is None else since  # the first limit that no answer followed
        before = flow.wait_s(now)
        flow.limited(now, None)
        if now - since < 1.0:
            assert flow.wait_s(now) == before


def test_limits_for_half_an_hour_without_an_answer_end_in_a_pause_of_a_minute() -> None:
    flow = _open()
    for second in range(1_800):
        flow.limited(float(second), 1.0)
    flow.limited(1_800.0, None)
    assert flow.wait_s(1_800.0) == 60.0


def test_a_declared_rate_spaces_the_starts() -> None:
    flow = _open(per_minute=120)  # one each half second
    flow.started(10.0)
    assert flow.wait_s(10.0) == pytest.approx(0.5)
    flow.started(10.5)
    assert flow.wait_s(10.6) == pytest.approx(0.4)


def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    flow = _open(per_minute=60)
    flow.started(0.0)
    flow.started(100.0)
    assert flow.wait_s(100.0) == pytest.approx(1.0)


_EVENT = st.sampled_from(["start", "end", "answer", "limit", "limit with pause"])


@given(
    st.integers(1, 40),
    st.none() | st.floats(1, 6_000),
    st.lists(st.tuples(_EVENT, st.floats(0, 3)), max_size=120),
)
def test_for_any_sequence_no_call_starts_above_the_window_and_the_window_stays_in_its_bounds(
    most: int, per_minute: float | None, events: list[tuple[str, float]]
) -> None:
    flow, now, starts = Flow(most, per_minute), 0.0, list[float]()
    for event, seconds in events:
        now += seconds
        if event == "start" and flow.wait_s(now) == 0.0:
            flow.started(now)
            starts.append(now)
            # after a cut those in flight may be more than the window: no new one starts
            assert flow.in_flight <= int(flow.window)
        elif event == "end" and flow.in_flight:
            flow.ended()
        elif event == "answer":
            flow.answered()
        elif event.startswith("limit"):
            pause = 2.0 if event.endswith("pause") else None
            flow.limited(now, pause)
            assert pause is None or flow.wait_s(now) != 0.0
        assert 1.0 <= flow.window <= most
        assert 0 <= flow.in_flight <= most
    if per_minute:
        gaps = [after - before for before, after in pairwise(starts)]
        assert all(gap >= 60 / per_minute * (1 - 1e-9) for gap in gaps)


@given(st.integers(1, 200))
def test_answers_without_limits_bring_any_window_back_to_full(most: int) -> None:
    flow = _open(most)
    for second in range(40):
        flow.limited(float(second), 0.0)
    assert flow.window < 2
    for _ in range(17 * most):  # 16 windows of answers, each at most `most`
        flow.answered()
    assert flow.window == most
