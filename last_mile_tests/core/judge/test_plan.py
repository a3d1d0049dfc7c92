"""A plan by hand: tokens and prices of the calls to make, their bound, how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from last_mile.core.judge.item import Panel, panels_of
from last_mile.core.judge.money import FREE, Price, Usage, most_output_tokens, prompt_bytes
from last_mile.core.judge.plan import Measured, Plan
from last_mile.core.judge.prompt import conversation_message
from last_mile_tests.scenario import message, metric, rubric

MINI = Price.per_million(0.15, 0.60, 0.075)  # 150, 600 and 75 nano-dollars a token


def _panel(asked: int = 5, prefix: int = 4_000, schema: int = 2_000, number: int = 0) -> Panel:
    """A panel of some questions with a prefix and a schema of some characters."""
    ids = tuple(f"m{i}" for i in range(asked))
    return Panel(number, ids, ids, "p" * prefix, {}, schema, canaries=False)


def _plan(*characters: int, panels: Sequence[Panel] | None = None, **over: Any) -> Plan:
    """A plan of conversations of some characters."""
    asking = {"price": MINI, "stated": None, "extra_output_tokens": 0, **over}
    plan = Plan(measured=asking.pop("measured", Measured()))
    for each in characters:
        plan.add(each, [_panel()] if panels is None else panels, **asking)
    return plan


# -- tokens ---------------------------------------------------------------------------------------


def test_a_call_has_the_tokens_of_its_prefix_its_conversation_and_its_reply() -> None:
    # Prefix and schema: 6,000 / 4 + 64 = 1,564; conversation: 2,000 / 4 + 64 = 564.
    # Reply: 24 + 5 (12 + 0.4 x 40) = 164.
    assert _plan(2_000).usage == Usage(prompt=2_128, cached=0, completion=164)


def test_the_prefix_of_every_call_but_the_first_may_be_cached() -> None:
    # 3 x 1,564 + 564 + 564 + (4,000 / 4 + 64) = 4,692 + 2,192; cached 2 x 1,564
    plan = _plan(2_000, 2_000, 4_000)
    assert plan.usage == Usage(prompt=6_884, cached=3_128, completion=3 * 164)
    assert (plan.n_to_ask, plan.calls) == (3, 3)


@pytest.mark.parametrize(
    ("prefix", "cached"),
    [(3_840, 1_024), (3_836, 0)],  # 3,840 / 4 + 64 = 1,024; one token less is not cached
)
def test_a_short_prefix_is_not_cached_by_providers(prefix: int, cached: int) -> None:
    assert _plan(400, 400, panels=[_panel(prefix=prefix, schema=0)]).usage.cached == cached


def test_a_conversation_is_asked_about_once_for_every_open_panel() -> None:
    panels = [_panel(3, number=0), _panel(2, number=1)]
    plan = _plan(2_000, panels=panels)
    assert (plan.n_to_ask, plan.calls) == (1, 2)
    # the conversation goes with each; replies 24 + 3 x 28 = 108 and 24 + 2 x 28 = 80
    assert plan.usage._replace(cached=0) == Usage(2 * 2_128, 0, 188)


def test_a_conversation_without_open_panels_costs_nothing() -> None:
    plan = _plan(2_000, panels=[])
    assert (plan.calls, plan.usage, plan.most_nano) == (0, Usage(), 0)


def test_measured_replies_take_the_place_of_the_estimate() -> None:
    assert _plan(2_000, 2_000, measured=Measured(completion_tokens=90.6)).usage.completion == 2 * 91


def test_nothing_to_ask_costs_no_tokens_money_or_time() -> None:
    plan = Plan()
    assert (plan.usd(MINI), plan.usd(MINI, cached=True)) == (0.0, 0.0)
    assert plan.seconds(16, None)[0] == 0.0


# -- money ----------------------------------------------------------------------------------------


def test_the_price_is_that_of_its_tokens_with_and_without_a_cache() -> None:
    plan = _plan(2_000, 2_000, 4_000)
    # 6,884 x 150 + 492 x 600 = 1,032,600 + 295,200 nano-dollars
    assert plan.usd(MINI) == pytest.approx(0.0013278)
    # 3,128 of them at 75: 1,327,800 - 3,128 x 75 = 1,327,800 - 234,600
    assert plan.usd(MINI, cached=True) == pytest.approx(0.0010932)
    assert plan.usd(MINI.halved()) == pytest.approx(0.0013278 / 2)
    assert plan.usd(FREE) == 0.0


def test_the_bound_takes_every_byte_for_a_token_and_every_reply_for_the_longest() -> None:
    # 2,000 characters of at most 4 bytes, 6,000 bytes of prefix and schema, 64 of framing: 14,064.
    # Room for a reply: 200 + 120 x 5 = 800. 14,064 x 150 + 800 x 600 = 2,109,600 + 480,000.
    assert _plan(2_000).most_nano == 2_589_600
    assert _plan(2_000, 2_000).most_nano == 2 * 2_589_600


def test_the_bound_counts_the_bytes_of_a_prefix_and_the_estimate_its_characters() -> None:
    panel = replace(_panel(), prefix="\u4f60" * 4_000)  # 3 bytes each
    plan = _plan(2_000, panels=[panel])
    # 14,064 bytes as above, and 8,000 more: 22,064 x 150 + 480,000
    assert plan.most_nano == 3_789_600
    assert plan.usage == _plan(2_000).usage


def test_the_bound_has_the_reply_limit_of_the_rubric_and_the_thinking_of_the_model() -> None:
    # 14,064 x 150 + (300 + 1,000) x 600 = 2,109,600 + 780,000
    assert _plan(2_000, stated=300, extra_output_tokens=1_000).most_nano == 2_889_600


def test_the_bound_is_that_of_a_price_at_which_writing_to_the_cache_costs_more() -> None:
    dear = Price.per_million(0.15, 0.60, 0.30)
    assert _plan(2_000, price=dear).most_nano == 14_064 * 300 + 800 * 600


def _sized(question: str, texts: list[str]) -> tuple[int, int]:
    """The bound of a plan, and what the call it stands for would reserve."""
    panel = panels_of(rubric(metrics=[metric(question=question)], tiers=[]))[0]
    talk = {"messages": [message("user", each) for each in texts], "context": []}
    shown, _ = conversation_message({**talk, "final_output": None}, 60_000)
    sent = [{"content": panel.prefix}, {"content": shown}]
    room = most_output_tokens(len(panel.asked), None)
    reserved = MINI.most_nano(prompt_bytes(sent, panel.schema_bytes), room)
    # as sql/reads/judged_sizes.sql: bytes of the JSON, which are more than characters
    size = sum(len(f'{{"role": "user", "content": "{each}"}}'.encode()) for each in texts)
    return _plan(size, panels=[panel]).most_nano, reserved


@pytest.mark.parametrize(
    "texts", [["Hi"], ["x" * 9_000], ["Guten Tag, Grüße, 你好 👍"] * 40, ["ok"] * 500],
    ids=["short", "long", "of many scripts", "many short messages"],
)  # fmt: skip
def test_no_first_call_reserves_more_than_the_bound_of_the_plan(texts: list[str]) -> None:
    bound, reserved = _sized("Is it robotic?", texts)
    assert reserved <= bound


def test_no_first_call_of_a_rubric_in_chinese_reserves_more_than_the_bound() -> None:
    bound, reserved = _sized("这段对话是不是听起来像机器人" * 200, ["Hi"])
    assert reserved <= bound


# -- time -----------------------------------------------------------------------------------------


def test_time_is_calls_by_latency_over_the_calls_in_flight() -> None:
    # 120 calls, 16 in flight: 120 x 2 / 16 = 15 s as assumed, 120 x 0.8 / 16 = 6 s as measured
    assumed = Plan(calls=120)
    assert assumed.seconds(16, None) == (
        15.0, "with 16 calls in flight of 2.0 s each, assumed",
    )  # fmt: skip
    seconds, basis = Plan(calls=120, measured=Measured(latency_s=0.8)).seconds(16, None)
    assert seconds == pytest.approx(6.0)
    assert basis == "with 16 calls in flight of 0.8 s each, as measured"


def test_a_declared_rate_decides_the_time_alone() -> None:
    # 1,200 calls at 500 a minute: 2.4 minutes
    plan = Plan(calls=1_200, measured=Measured(latency_s=30.0))
    seconds, basis = plan.seconds(16, 500)
    assert seconds == pytest.approx(144.0)
    assert basis == "at 500 calls a minute"
    assert plan.seconds(16, 0.5)[1] == "at 0.5 calls a minute"


# -- samples --------------------------------------------------------------------------------------


def test_a_sample_has_its_share_of_everything_that_is_asked() -> None:
    whole = Plan(
        n_conversations=1_000, n_judged=200, n_in_batch=100, n_to_ask=700, calls=1_400,
        usage=Usage(700_000, 350_000, 70_000), most_nano=10**9, measured=Measured(90.0, 1.5),
    )  # fmt: skip
    assert whole.scaled(0.25) == Plan(
        n_conversations=1_000, n_judged=200, n_in_batch=100, n_to_ask=175, calls=350,
        usage=Usage(175_000, 87_500, 17_500), most_nano=250_000_000, measured=Measured(90.0, 1.5),
    )  # fmt: skip
    assert whole.scaled(1.0) == whole
    assert (whole.n_to_ask, whole.calls) == (700, 1_400)  # the plan itself stays


def test_a_larger_sample_never_costs_less() -> None:
    plan = _plan(*range(500, 900, 7))
    costs = [plan.scaled(share / 100).usd(MINI) for share in range(101)]
    assert costs[0] == 0.0
    assert all(less <= more for less, more in pairwise(costs))
