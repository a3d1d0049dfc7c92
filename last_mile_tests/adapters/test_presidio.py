"""The scrubber with Presidio: what it adds to the patterns, and the error without the package."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from last_mile.adapters.presidio import PresidioScrubber
from last_mile.core.scrubbing import found
from last_mile.errors import UserError

installed = pytest.mark.skipif(
    importlib.util.find_spec("presidio_analyzer") is None, reason="the extra `presidio` is missing"
)
TEXT = "I am Ann Lee, <NAME_1> knows me: ann@example.com, +49 30 901820. Ask John Smith."


def test_a_missing_package_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(UserError, match=r"pip install 'last-mile\[presidio\]'"):
        PresidioScrubber()


@installed
def test_exact_names_and_patterns_are_scrubbed_as_without_presidio() -> None:
    scrubber = PresidioScrubber()
    text, counts = scrubber.scrub(TEXT, ["Ann Lee"])
    assert text.startswith("I am <NAME>, <NAME> knows me: <EMAIL>, <PHONE>. Ask ")
    assert counts["email"] == counts["phone"] == 1
    assert scrubber.name.startswith("presidio/2.2.")
    assert scrubber.scrub(text, ["Ann Lee"]) == (text, {})
    assert found(text, ["Ann Lee"]) == {}


@installed
def test_names_that_a_model_sees_are_placeholders_too() -> None:
    spacy = pytest.importorskip("spacy")
    scrubber = PresidioScrubber()
    model = spacy.blank("en")  # a model that knows one person and one placeholder
    people = [{"label": "PERSON", "pattern": known} for known in ("John Smith", "NAME")]
    model.add_pipe("entity_ruler").add_patterns(people)
    scrubber._analyzer.nlp_engine.nlp["en"] = model
    text, counts = scrubber.scrub(TEXT)
    assert text == "I am Ann Lee, <NAME> knows me: <EMAIL>, <PHONE>. Ask <NAME>."
    assert counts == {"name": 2, "email": 1, "phone": 1}
