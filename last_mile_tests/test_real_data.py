"""The whole graph on real conversations with real outcomes, against figures computed elsewhere.

The sets stand outside the repository; nothing of them is copied here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from last_mile.core.stats import ppi_mean, rogan_gladen
from last_mile_tests.conftest import RUBRICS, run_cli

# metric of our rubric -> (strategy, model) of p4g's reference.json
STRATEGIES = {
    "guilt_induction": ("Guilt Induction", "qwen3:30b"),
    "guilt_induction_mistral": ("Guilt Induction", "mistral-small-3.2"),
    "guilt_induction_phi": ("Guilt Induction", "phi-4"),
    "reciprocity": ("Reciprocity", "qwen3:30b"),
    "storytelling": ("Storytelling", "qwen3:30b"),
    "emotional_appeal": ("Emotional Appeal", "qwen3:30b"),
    "credibility_appeal": ("Credibility Appeal", "qwen3:30b"),
    "social_proof": ("Social Proof", "qwen3:30b"),
    "foot_in_the_door": ("Foot-in-the-door", "qwen3:30b"),
}
# metric of our rubric -> dialogue_level of p4g's reference.json
JUDGES = {
    f"{metric}{suffix}": f"{label}|{model}"
    for metric, label in (
        ("credibility_turn", "credibility-appeal"),
        ("emotion_turn", "emotion-appeal"),
    )
    for suffix, model in (("", "qwen3:30b"), ("_mistral", "mistral-small-3.2"), ("_phi", "phi-4"))
}


def _run(shared: Path, tmp_path: Path, name: str, *options: str) -> dict[str, dict[str, Any]]:
    """Run the command line on a set and return metric_lift of the primary outcome by metric."""
    home = tmp_path / "home"
    ended = run_cli(
        "run", "--drops", shared / name, "--rubric", RUBRICS / f"{name}.yaml", "--home", home,
        *options, cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    outcome = json.loads((home / "report.json").read_text())["primary_outcome"]
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        rows = connection.execute(
            "from metric_lift where scope = 'all' and outcome = ?", [outcome]
        ).pl()
    return {row["metric"]: row for row in rows.iter_rows(named=True)}


def _assert_equal(row: dict[str, Any], reference: dict[str, Any]) -> None:
    """A lift equals a reference entry: counts exactly, figures to its five decimals."""
    assert row["n_true"] == reference["n_flag"]
    assert row["n_scored"] - row["n_true"] == reference["n_noflag"]
    assert row["events_true"] == reference["success_flag"]
    assert row["events_false"] == reference["success_noflag"]
    assert row["rr"] == pytest.approx(reference["rr"], abs=6e-6)
    low, high = reference["rr_ci95"]
    if row["reason"] is None:
        assert row["rr_low"] == pytest.approx(low, abs=6e-6)
        assert row["rr_high"] == pytest.approx(high, abs=6e-6)


@pytest.mark.runs
def test_p4g_gives_the_reference_figures(shared: Path, tmp_path: Path) -> None:
    reference = json.loads((shared / "p4g/reference.json").read_text())
    lift = _run(shared, tmp_path, "p4g", "--judge", "recorded")
    for metric, (strategy, model) in STRATEGIES.items():
        _assert_equal(lift[metric], reference["any_turn_flag_vs_donated"][strategy][model])
    _assert_equal(lift["user_negative"], reference["any_user_turn_negative_sentiment_vs_donated"])
    _assert_equal(lift["long_persuader"], reference["persuader_words_above_median"])
    _assert_equal(lift["long_user"], reference["persuadee_words_above_median_ENGAGEMENT"])
    _assert_equal(
        lift["long_final_message"], reference["final_persuader_message_longer_than_median"]
    )
    guilt = lift["guilt_induction"]
    assert guilt["n"] == 1017
    assert guilt["events_true"] + guilt["events_false"] == 545
    figures = (guilt["rr"], guilt["rr_low"], guilt["rr_high"])
    assert [round(x, 3) for x in figures] == [0.584, 0.441, 0.774]
    _assert_calibration(tmp_path, reference["dialogue_level"])


def _assert_calibration(tmp_path: Path, reference: dict[str, Any]) -> None:
    """Three judges' agreement with people on the 300 dialogues labelled by hand."""
    with duckdb.connect(str(tmp_path / "home/warehouse.duckdb")) as connection:
        rows = connection.execute("from judge_calibration").pl().iter_rows(named=True)
        found = {row["metric"]: row for row in rows}
    for metric, key in JUDGES.items():
        expected = reference[key]["dialogue_level_on_gold"]
        row = found[metric]
        for ours, theirs in (
            ("true_positive", "tp"),
            ("false_positive", "fp"),
            ("false_negative", "fn"),
            ("true_negative", "tn"),
        ):
            assert row[ours] == expected[theirs]
        for name in ("sensitivity", "specificity", "kappa"):
            assert row[name] == pytest.approx(expected[name], abs=6e-6)
        near_chance = expected["sensitivity"] + expected["specificity"] - 1 < 0.3
        assert (row["correction_reason"] == "judge_near_chance") == near_chance
        assert (row["prevalence_corrected"] is None) == near_chance
    at_chance = {metric for metric in JUDGES if found[metric]["at_chance"]}
    assert at_chance == {"credibility_turn_mistral", "credibility_turn_phi"}
    assert all(found[metric]["n_flagged"] == 1017 for metric in JUDGES)
    assert all(found[metric]["correction_reason"] for metric in JUDGES if "credibility" in metric)


@pytest.mark.parametrize("key", JUDGES.values())
def test_p4g_corrected_prevalence_of_the_unlabelled_dialogues(shared: Path, key: str) -> None:
    reference = json.loads((shared / "p4g/reference.json").read_text())["dialogue_level"][key]
    gold, rest = reference["dialogue_level_on_gold"], reference["unlabelled_717"]
    table = tuple(gold[name] for name in ("tp", "fp", "fn", "tn"))
    tp, fp, fn, tn = table
    flagged = round(717 * rest["judge_rate"])
    found = rogan_gladen(flagged, 717, (tp, tp + fn), (tn, tn + fp))
    informed = gold["sensitivity"] + gold["specificity"] - 1
    if rest["rogan_gladen"] is None:  # phi-4 on credibility: it divides by 0.0126
        assert abs(informed) < 0.02
    else:
        assert found.raw == pytest.approx(rest["rogan_gladen"], abs=6e-6)
    assert found.reason == ("judge_near_chance" if informed < 0.3 else None)
    plain = ppi_mean((flagged, 717), table, lam=1)
    assert plain is not None
    assert plain.value == pytest.approx(rest["ppi"]["est"], abs=6e-6)
    # the reference divides variances by n - 1
    assert (plain.low, plain.high) == pytest.approx(tuple(rest["ppi"]["ci95"]), abs=2e-4)


def test_tau_airline_with_tool_calls_and_null_contents(shared: Path, tmp_path: Path) -> None:
    reference = json.loads((shared / "tau_airline/reference.json").read_text())
    lift = _run(shared, tmp_path, "tau_airline", "--default-day", "2024-05-15")
    _assert_equal(lift["long_final_reply"], reference["final_reply_longer_than_median"])
    _assert_equal(lift["many_assistant_turns"], reference["more_assistant_turns_than_median"])
    _assert_equal(lift["transferred_to_human"], reference["transferred_to_human"])
    leaking = lift["transferred_to_human"]  # the episode ends with this call
    assert "episode ends" in leaking["leaks"]
    assert (leaking["verdict"], leaking["q"]) == (None, None)
    assert lift["long_final_reply"]["leaks"] is None


@pytest.mark.runs
def test_halie_question(shared: Path, tmp_path: Path) -> None:
    reference = json.loads((shared / "halie_question/reference.json").read_text())
    lift = _run(shared, tmp_path, "halie_question")
    _assert_equal(lift["two_or_more_queries"], reference["two_or_more_queries"])
    _assert_equal(lift["long_last_reply"], reference["last_lm_reply_longer_than_median"])
