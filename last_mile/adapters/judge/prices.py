"""The price of a judge: as stated, else by LiteLLM's list, keyed on the model that is asked.

Not here: arithmetic (core/judge/money.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.client import RECORDED, RULES, litellm
from last_mile.core.judge.money import FREE, Price
from last_mile.errors import UserError

_REASONING_TOKENS = 8_000  # room for thinking, on top of the reply


class Model(NamedTuple):
    """A model that is asked, with what it costs online and in a batch."""

    name: str
    price: Price
    batch_price: Price
    batch_price_is_listed: bool
    extra_output_tokens: int


def model_named(name: str, settings: Settings) -> Model:
    """A judge or fallback with its prices.

    Raises:
        UserError: The price is in no list and was not stated.
    """
    if name == RULES:
        return Model(name, FREE, FREE, batch_price_is_listed=True, extra_output_tokens=0)
    try:
        litellm().get_llm_provider(name)
    except Exception as error:
        raise UserError(
            f"judge {name}: LiteLLM knows no such model or provider; name it as provider/model, "
            "such as openai/gpt-4o-mini, or use --judge rules"
        ) from error
    listed = _listed(name)
    extra = _REASONING_TOKENS if listed.get("supports_reasoning") else 0
    if name == settings.judge:
        stated = _stated(settings)
        if stated:
            return Model(name, stated, stated.halved(), False, extra)
    if listed.get("input_cost_per_token") is None:
        raise UserError(
            f"judge {name}: its price is not known; give it in USD per million tokens with "
            "--price-in and --price-out (0 and 0 for a model of your own)"
            if name == settings.judge
            else f"fallback {name}: its price is not known, so no cap could hold; take it out of "
            "the rubric's `judge: {fallback: …}`"
        )
    price = _price(listed, "")
    batch = _price(listed, "_batches") if "input_cost_per_token_batches" in listed else None
    return Model(name, price, batch or price.halved(), batch is not None, extra)


def check_judge(settings: Settings, fallbacks: Sequence[str]) -> None:
    """Find out before anything is built whether a judge can be asked and paid.

    Raises:
        UserError: A model has no known provider or price.
    """
    if settings.judge == f"{RECORDED}:":
        raise UserError("--judge recorded: names no annotator; leave the colon out to take all")
    if settings.judge in (RULES, RECORDED) or settings.judge.startswith(f"{RECORDED}:"):
        return
    for name in (settings.judge, *fallbacks):
        model_named(name, settings)


def _stated(settings: Settings) -> Price | None:
    prompt, completion = settings.price_in, settings.price_out
    if prompt is None and completion is None:
        return None
    if prompt is None or completion is None:
        raise UserError("--price-in and --price-out belong together; give both")
    return Price.per_million(prompt, completion, settings.price_cached)


def _listed(name: str) -> dict[str, Any]:
    try:
        found = litellm().get_model_info(name)
    except Exception:  # a model it does not know, said with an exception of the bare class
        return {}
    return {key: value for key, value in dict(found).items() if value is not None}


def _price(listed: dict[str, Any], suffix: str) -> Price:
    prompt = listed[f"input_cost_per_token{suffix}"]
    cached = listed.get(f"cache_read_input_token_cost{suffix}", prompt)
    completion = listed.get(f"output_cost_per_token{suffix}", 0.0)
    return Price.per_million(prompt * 1e6, completion * 1e6, cached * 1e6)
