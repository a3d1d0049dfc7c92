"""Prices in whole nano-dollars: hand-computed costs, and a bound that no call exceeds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.money import (
    FREE,
    Price,
    Usage,
    counted,
    likely_output_tokens,
    likely_prompt_tokens,
    most_output_tokens,
    prompt_bytes,
    usd,
)

MINI = Price.per_million(0.15, 0.60, 0.075)  # USD per million tokens


def test_prices_are_whole_pico_dollars_per_token() -> None:
    # 0.15 USD / 10^6 tokens = 150 x 10^-9 USD = 150,000 pico-dollars a token
    assert Price(150_000, 75_000, 600_000) == MINI
    assert Price.per_million(3.0, 15.0) == Price(3_000_000, 3_000_000, 15_000_000)
    assert Price.per_million(0.0, 0.0) == FREE


def test_a_call_costs_its_fresh_cached_and_written_tokens() -> None:
    # 1,000 fresh x 150 + 2,000 cached x 75 + 300 written x 600 = 150,000 + 150,000 + 180,000 nano
    assert MINI.cost_nano(Usage(prompt=3_000, cached=2_000, completion=300)) == 480_000
    assert usd(480_000) == pytest.approx(0.00048)


def test_a_part_of_a_nano_dollar_is_rounded_up() -> None:
    assert Price(1, 1, 1).cost_nano(Usage(prompt=1)) == 1
    assert Price(1, 1, 1).cost_nano(Usage(prompt=600, completion=401)) == 2  # 1,001 pico
    assert Price(1, 1, 1).cost_nano(Usage()) == 0


def test_more_cached_tokens_than_prompt_tokens_do_not_make_fresh_ones_negative() -> None:
    assert MINI.cost_nano(Usage(prompt=10, cached=20)) == 20 * 75


# -- counts of a provider -------------------------------------------------------------------------


@pytest.mark.parametrize("cached", [None, 0])
def test_a_whole_count_is_a_usage_and_a_provider_without_a_cache_counts_none(cached: Any) -> None:
    assert counted(30, cached, 5) == Usage(prompt=30, cached=0, completion=5)


def test_a_reply_may_be_empty_and_a_prompt_may_be_cached_whole() -> None:
    assert counted(30, 30, 0) == Usage(30, 30, 0)


def test_more_cached_tokens_than_the_prompt_has_are_as_many_as_it_has() -> None:
    assert counted(30, 50, 5) == Usage(30, 30, 5)


@pytest.mark.parametrize(
    "tokens",
    [(None, None, None), (30, 10, None), (None, 10, 5), (0, 0, 5), (0, 0, 0)],
    ids=["nothing", "no completion", "no prompt", "a prompt of none", "zeros"],
)
def test_half_a_count_is_none(tokens: tuple[int | None, int | None, int | None]) -> None:
    assert counted(*tokens) is None


@pytest.mark.parametrize("wrong", [-1, -(10**20), 1.0, True, "30", [30]], ids=repr)
@pytest.mark.parametrize("place", range(3), ids=["prompt", "cached", "completion"])
def test_a_count_that_is_no_whole_number_in_any_place_is_none(place: int, wrong: Any) -> None:
    tokens: list[Any] = [30, 10, 5]
    tokens[place] = wrong
    assert counted(*tokens) is None


# -- what a paid call is booked at ----------------------------------------------------------------


def test_a_call_is_booked_at_its_price_up_to_what_was_reserved() -> None:
    used = Usage(prompt=3_000, cached=2_000, completion=300)  # 480,000 nano, as above
    assert MINI.settled_nano(used, 480_001) == (480_000, used)
    assert MINI.settled_nano(used, 480_000) == (480_000, used)


@pytest.mark.parametrize(
    "used",
    [None, Usage(3_000, 2_000, 300), Usage(10**20, 0, 5), Usage(30, 0, 10**20)],
    ids=["no count", "a nano-dollar more", "absurd prompt", "absurd reply"],
)
def test_without_a_count_that_can_be_it_is_booked_at_what_was_reserved(used: Usage | None) -> None:
    assert MINI.settled_nano(used, 479_999) == (479_999, None)


@pytest.mark.parametrize("tokens", [(10**20, None, 5), (10**20, 10**20, 5), (30, 10, 10**20)])
def test_an_absurd_count_of_a_provider_stands_for_nothing(tokens: tuple[Any, ...]) -> None:
    assert MINI.settled_nano(counted(*tokens), 459_600) == (459_600, None)


_ANY = st.none() | st.integers(-(10**21), 10**21) | st.booleans() | st.floats()


@given(_ANY, _ANY, _ANY, st.integers(0, 10**12))
def test_no_count_of_a_provider_books_less_than_nothing_or_more_than_was_reserved(
    prompt: Any, cached: Any, completion: Any, reserved: int
) -> None:
    usage = counted(prompt, cached, completion)
    cost, kept = MINI.settled_nano(usage, reserved)
    assert 0 <= cost <= reserved
    assert kept is None or (kept == usage and cost == MINI.cost_nano(kept))


# -- bounds and estimates -------------------------------------------------------------------------


def test_a_batch_costs_half_rounded_up() -> None:
    assert Price(3, 2, 7).halved() == Price(2, 1, 4)


def test_the_bound_of_a_call_counts_a_token_for_every_byte() -> None:
    # (1,000 + 64) x 150 + 500 x 600 = 159,600 + 300,000
    assert MINI.most_nano(1_000, 500) == 459_600
    # cached tokens that cost more, as where writing to a cache has a price
    assert Price(100_000, 125_000, 0).most_nano(1_000, 0) == 1_064 * 125


_PICO = st.integers(0, 10**8)
_TOKENS = st.integers(0, 10**6)


@given(st.builds(Price, _PICO, _PICO, _PICO), _TOKENS, _TOKENS, st.data())
def test_no_call_costs_more_than_was_reserved_while_tokens_are_no_more_than_bytes(
    price: Price, size: int, room: int, data: st.DataObject
) -> None:
    prompt = data.draw(st.integers(0, size + 64))
    used = Usage(prompt, data.draw(st.integers(0, prompt)), data.draw(st.integers(0, room)))
    assert 0 <= price.cost_nano(used) <= price.most_nano(size, room)
    assert price.halved().cost_nano(used) <= price.halved().most_nano(size, room)


@given(st.builds(Price, _PICO, _PICO, _PICO), _TOKENS, _TOKENS)
def test_calls_are_never_cheaper_apart_than_together(price: Price, one: int, other: int) -> None:
    apart = price.cost_nano(Usage(one)) + price.cost_nano(Usage(other))
    assert price.cost_nano(Usage(one + other)) <= apart


def test_a_prompt_is_counted_in_bytes_with_its_schema() -> None:
    # "abc" is 3 bytes, the euro sign 3, the emoji 4
    messages = [
        {"role": "system", "content": "abc"},
        {"role": "user", "content": "\u20ac\U0001f600"},
    ]
    assert prompt_bytes(messages, 100) == 110


def test_a_reply_has_room_for_evidence_on_every_question_unless_the_rubric_states_its_length() -> (
    None
):
    assert most_output_tokens(16, None) == 200 + 120 * 16
    assert most_output_tokens(16, 500) == 500


def test_plans_estimate_tokens_by_four_characters_and_a_share_of_positives() -> None:
    assert likely_prompt_tokens(4_000) == 1_000 + 64
    # 24 + 16 x (12 + 0.4 x 40) = 24 + 448
    assert likely_output_tokens(16) == 472


def test_a_likely_call_is_within_its_bound() -> None:
    assert likely_prompt_tokens(4_000) <= 4_000 + 64
    assert all(likely_output_tokens(n) <= most_output_tokens(n, None) for n in range(1, 101))
