"""`last-mile rubric`: failure modes are listed, a proposal is accepted, everything else refused."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from rich.console import Console

import last_mile.cli
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.rubric_file import load_rubric
from last_mile.adapters.rubric_proposals import accepted, listed
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.rubric import rubric as command
from last_mile.core.failure_modes import (
    EXAMPLE_SCHEMA,
    FAILURE_SCHEMA,
    Proposal,
    failure_id,
    metric_yaml,
)
from last_mile.errors import UserError
from last_mile_tests.adapters.rubric_texts import HEAD, LISTED, TAIL

FOUND_ON, TODAY = date(2026, 5, 1), date(2026, 6, 1)


def _row(words: str, state: str, q: float | None = 0.01, **over: Any) -> dict[str, Any]:
    """A row of `failure_modes`: a term, with a proposal in the states that have one."""
    gram = tuple(words.split(" "))
    proposal = Proposal("final_output", gram)
    said = (
        metric_yaml(proposal.metric(FOUND_ON)) if state in ("proposed", "lowers_outcome") else None
    )
    return {
        "failure_id": failure_id("term", "final_output", gram), "kind": "term",
        "part": "final_output", "feature": words, "state": state, "q": q, "n": 1200,
        "outcome": "hired", "events": 60, "events_without": 800, "n_users": 900,
        "n_unexplained": 1000, "n_explained": 3000, "n_tried": 5, "sampled": 1.0,
        "rate": 0.05, "rate_low": 0.04, "rate_high": 0.064, "n_without": 8000,
        "rate_without": 0.1, "metric_id": proposal.metric_id, "proposal": said, **over,
    }  # fmt: skip


CONTEXT = _row(
    "mobile", "proposed", 0.001, failure_id="c0ffee00", kind="context", part="surface",
    proposal=None, metric_id=None,
)  # fmt: skip
KIND = _row("kind regards", "proposed", 0.02)
MODEST = _row("modest", "lowers_outcome")
FLAGGED = _row("as an", "goes_with_flags")
UNSURE = _row("[red]hm", "not_confirmed", None)
ROWS = pl.DataFrame([UNSURE, FLAGGED, CONTEXT, MODEST, KIND], schema=FAILURE_SCHEMA)


def test_what_can_be_added_is_listed_first() -> None:
    assert [row["feature"] for row in listed(ROWS)] == [
        "kind regards", "modest", "mobile", "as an", "[red]hm",
    ]  # fmt: skip


def test_the_accepted_entry_is_the_one_shown_with_a_new_prior() -> None:
    entry = accepted(ROWS, KIND["failure_id"], TODAY)
    shown = Proposal("final_output", ("kind", "regards")).metric(TODAY)
    assert entry == shown
    assert entry["prior"] == {
        "sign": -1, "author": "failure_modes", "date": "2026-06-01", "exploratory": True,
    }  # fmt: skip
    mine = accepted(ROWS, KIND["failure_id"], TODAY, " Ann: #1 ", "signs_off")
    assert (mine["id"], mine["prior"]["author"]) == ("signs_off", "Ann: #1")
    assert accepted(ROWS, MODEST["failure_id"], TODAY)["id"] == "says_modest"


def test_the_page_shows_the_entry_as_it_is_written() -> None:
    page = (Path(__file__).parents[2] / "docs" / "failure_modes.md").read_text("utf-8")
    entry = accepted(ROWS, KIND["failure_id"], TODAY, "Ann")
    assert f"```yaml\n{metric_yaml(entry)}```" in page


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("nonsense", "there is no failure mode 'nonsense'"),
        (CONTEXT["failure_id"], "is a context, not words: no rule of a rubric can ask for it"),
        (FLAGGED["failure_id"], "no proposal but `goes_with_flags`: conversations with"),
        (UNSURE["failure_id"], "no proposal but `not_confirmed`: the half of the users"),
    ],
    ids=["unknown", "context", "flagged", "unsure"],
)
def test_what_is_no_proposal_is_refused_with_those_there_are(wanted: str, says: str) -> None:
    with pytest.raises(UserError) as refused:
        accepted(ROWS, wanted, TODAY)
    assert says in str(refused.value)
    assert f"can be added: {KIND['failure_id']}, {MODEST['failure_id']} (" in str(refused.value)


def test_a_refusal_tells_few_of_many_and_none_of_none() -> None:
    many = pl.DataFrame([_row(f"word{'x' * i}", "proposed") for i in range(23)], FAILURE_SCHEMA)
    with pytest.raises(UserError, match=r"and 3 more \(see"):
        accepted(many, "nonsense", TODAY)
    with pytest.raises(UserError, match="nothing is proposed now"):
        accepted(pl.DataFrame([FLAGGED], FAILURE_SCHEMA), "nonsense", TODAY)
    with pytest.raises(UserError, match="run `last-mile run`"):
        accepted(ROWS.clear(), "nonsense", TODAY)


@pytest.mark.parametrize("author", ["", " ", "two\nlines", "a" * 101, "\x1b[31m"])
def test_an_author_without_a_name_is_refused(author: str) -> None:
    with pytest.raises(UserError, match="--author"):
        accepted(ROWS, KIND["failure_id"], TODAY, author)


@pytest.mark.parametrize("damaged", ["", "{a: 1}", "[1]", "- a: [", "- {a: 1}\n- {b: 1}"])
def test_a_proposal_that_cannot_be_read_is_refused(damaged: str) -> None:
    rows = pl.DataFrame([{**KIND, "proposal": damaged}], FAILURE_SCHEMA)
    with pytest.raises(UserError, match="cannot be read; run `last-mile run` again"):
        accepted(rows, KIND["failure_id"], TODAY)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that works with a rubric of two metrics and holds ROWS."""
    path = tmp_path / "my.yaml"
    path.write_text(HEAD + LISTED + TAIL)
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings("drops", rubric=str(path)))
    examples = [(KIND["failure_id"], place, name) for place, name in enumerate(("c7", "c[red]"))]
    warehouse = Warehouse(home=str(installation.home))
    warehouse.replace("failure_modes", ROWS)
    warehouse.replace("failure_examples", pl.DataFrame(examples, EXAMPLE_SCHEMA, orient="row"))
    return installation.home


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the console is told, tables by their cells."""
    said = list[str]()

    def keep(table: Any) -> None:
        columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
        said.extend(" | ".join(row) for row in zip(*columns, strict=True))

    monkeypatch.setattr("last_mile.console.show_table", keep)
    monkeypatch.setattr("last_mile.console.note", said.append)
    return said


def _run(home: Path, *arguments: str) -> None:
    given = [*arguments, "--home", str(home)]
    assert CliRunner().invoke(command, given, catch_exceptions=False).exit_code == 0


def test_failure_modes_are_listed_with_n_intervals_and_escaped_words(
    home: Path, printed: list[str]
) -> None:
    _run(home, "list")
    assert printed[0].startswith("id | part | words | n | rate with [95 %] | without | of n | q")
    assert printed[1] == (
        f"{KIND['failure_id']} | final_output | kind regards | 1,200 | 5.0 % [4.0, 6.4] | 10.0 % | "
        "8,000 | 0.020 | proposed | yes"
    )
    assert r"final_output | \[red]hm" in printed[5]
    assert printed[5].endswith("| — | not_confirmed | —")
    assert printed[6:] == [
        f"{KIND['failure_id']}: c7, c[red]", "Next: last-mile rubric add ID",
    ]  # fmt: skip


def test_ids_are_whole_on_a_narrow_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Console(width=80, file=io.StringIO(), soft_wrap=True)
    monkeypatch.setattr("last_mile.console._OUT", narrow)
    _run(home, "list")
    said = narrow.file.getvalue()  # type: ignore[attr-defined]
    assert [row for row in ROWS["failure_id"] if row not in said] == []
    assert [
        word for word in ("kind", "regards", "[red]hm", "1,200", "0.020") if word not in said
    ] == []


def test_nothing_found_yet_is_said(home: Path, printed: list[str]) -> None:
    Warehouse(home=str(home)).replace("failure_modes", ROWS.clear())
    _run(home, "list")
    assert printed == ["There are no failure modes yet. Next: last-mile run"]
    (home / "warehouse.duckdb").unlink()
    with pytest.raises(UserError, match="no failure modes yet; run `last-mile run`"):
        _run(home, "add", KIND["failure_id"])


def test_a_proposal_is_added_once(home: Path, printed: list[str]) -> None:
    path = home.parent / "my.yaml"
    _run(home, "add", KIND["failure_id"], "--author", "ann")
    # 5 lines of head, `metrics:`, 2 metrics of 4 lines
    assert printed == [f"says_kind_regards is in {path}, line 15", "Next: last-mile run"]
    metric = load_rubric(path).metrics[-1]
    assert (metric.id, metric.prior.author) == ("says_kind_regards", "ann")
    assert metric.prior.date == datetime.now(UTC).date()
    with pytest.raises(UserError, match="asks this already, as `says_kind_regards`"):
        _run(home, "add", KIND["failure_id"], "--id", "other")


def test_a_copy_is_run_with_its_name(home: Path, printed: list[str]) -> None:
    out = home.parent / "my copy.yaml"
    _run(home, "add", KIND["failure_id"], "--out", str(out), "--id", "signs_off")
    assert printed[-1] == f"Next: last-mile run --rubric '{out}'"
    assert [m.id for m in load_rubric(out).metrics] == ["robotic", "polite", "signs_off"]
    assert (home.parent / "my.yaml").read_text() == HEAD + LISTED + TAIL


def test_an_entry_that_has_to_be_pasted_is_shown(home: Path, printed: list[str]) -> None:
    path = home.parent / "my.yaml"
    metric = (
        '{"id": "rude", "kind": "judge", "question": "Is it rude?", '
        '"prior": {"sign": -1, "author": "a", "date": "2025-12-01"}}'
    )
    path.write_text(HEAD + f"metrics: [{metric}]\n")
    with pytest.raises(UserError, match="paste the entry above") as refused:
        _run(home, "add", KIND["failure_id"])
    assert "kind" not in str(refused.value)  # words of users are in no exception
    path.write_text(HEAD + f"metrics: [{metric}, {printed[0]}]\n")
    assert load_rubric(path).metrics[-1].id == "says_kind_regards"


def test_the_command_is_known(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["last-mile", "rubric", "add", "nonsense", "--home", str(home)]
    )
    with pytest.raises(SystemExit) as ended:
        last_mile.cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Error: there is no failure mode 'nonsense'")
