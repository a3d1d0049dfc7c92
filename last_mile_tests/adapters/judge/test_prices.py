"""Prices: by the list or as stated, never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.prices import model_named
from last_mile.core.judge.money import FREE, Price
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    asking,
    assert_books_balance,
    calls,
    judge,
    judged_world,
)
from last_mile_tests.judge_server import JudgeServer

OWN = "openai/our-own-model"


def _priced(judge: str, **stated: float) -> Settings:
    return Settings("drops", judge=judge, **stated)  # type: ignore[arg-type]


def test_a_listed_model_has_its_listed_prices_and_batches_theirs() -> None:
    model = model_named(JUDGE, _priced(JUDGE))
    # USD per million: 0.15 in, 0.075 cached, 0.60 out; batches 0.075 in, 0.30 out
    assert model.price == Price(prompt=150_000, cached=75_000, completion=600_000)
    assert (model.batch_price.prompt, model.batch_price.completion) == (75_000, 300_000)
    assert model.batch_price_is_listed
    assert model.extra_output_tokens == 0


def test_a_stated_price_wins_over_the_list_and_batches_cost_half_of_it() -> None:
    model = model_named(JUDGE, _priced(JUDGE, price_in=2, price_out=8, price_cached=0.5))
    assert model.price == Price(prompt=2_000_000, cached=500_000, completion=8_000_000)
    assert model.batch_price == Price(prompt=1_000_000, cached=250_000, completion=4_000_000)
    assert not model.batch_price_is_listed


def test_cached_tokens_cost_like_others_when_nothing_is_said() -> None:
    model = model_named(OWN, _priced(OWN, price_in=2, price_out=8))
    assert model.price.cached == model.price.prompt == 2_000_000


def test_the_rules_judge_is_free() -> None:
    assert model_named("rules", _priced("rules")).price == FREE


def test_a_model_that_thinks_has_room_for_it() -> None:
    assert model_named("openai/gpt-5-mini", _priced(JUDGE)).extra_output_tokens > 1_000


@pytest.mark.parametrize("stated", [{}, {"price_out": 8.0}, {"price_in": 2.0}])
def test_a_model_without_a_whole_price_is_one_sentence_before_anything_is_sent(
    tmp_path: Path, server: JudgeServer, stated: dict[str, Any]
) -> None:
    warehouse = judged_world(tmp_path, 1, judge=OWN, **stated)
    with pytest.raises(UserError, match="--price-in and --price-out"):
        judge(warehouse)
    assert server.calls == 0


def test_a_model_of_ones_own_is_priced_as_stated(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 2, judge=OWN, price_in=0.15, price_out=0.6)
    judge(warehouse)
    assert_books_balance(warehouse, server)
    assert calls(warehouse)["cost_nano"].sum() == server.paid_nano


def test_the_price_of_a_judge_is_not_taken_for_that_of_its_fallback(
    tmp_path: Path, server: JudgeServer
) -> None:
    rubric = asking(fallback=["openai/nobody-knows"])
    warehouse = judged_world(tmp_path, 1, rubric=rubric, price_in=1.0, price_out=1.0)
    with pytest.raises(UserError, match="fallback openai/nobody-knows: its price is not known"):
        judge(warehouse)
    assert server.calls == 0
