"""What is checked where, and how it ended, as people read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.core.expectation import (
    STAGE_CHECKS,
    Checked,
    CheckResult,
    Expectation,
    StageCheck,
    at_least,
    between,
    checks_page,
    equal,
    none,
    one_of,
    present,
    unique,
)
from last_mile.core.expectation.html import Swept, results_page
from last_mile.core.expectation.results import escaped, marked, name_of

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"
CHECK = StageCheck(
    "conversations", "complete", "Every one is there.", (none("n_missing", "gaps"),), "scope",
    fix="Build the day again.",
)  # fmt: skip
HOSTILE = "<script>alert(1)</script>|`x`"


def _result(*checked: Checked, check: StageCheck = CHECK) -> CheckResult:
    return CheckResult(check, 7, checked)


def test_the_page_in_docs_is_that_of_the_checks() -> None:
    assert DOCS.read_text("utf-8") == checks_page(STAGE_CHECKS), (
        "run: last-mile checks page --out docs/checks.md"
    )


def test_the_page_names_every_check_its_query_and_what_to_do() -> None:
    page = checks_page(STAGE_CHECKS)
    for check in STAGE_CHECKS:
        assert f"**{check.name}** (" in page
        assert f"../sql/checks/{check.query}.sql" in page
        assert check.fix in page
        assert all(f"- {item.words}\n" in page for item in check.expectations)


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        (none("n", "gaps"), "no gaps"),
        (between("n", 0, 1), "n lies in 0 to 1"),
        (between("n", 1, None), "n ≥ 1"),
        (between("n", None, 3), "n ≤ 3"),
        (between("n", 0, 0), "n = 0"),
        (equal("a", "b"), "a = b"),
        (at_least("a", "b"), "a ≥ b"),
        (unique("a"), "a is unique"),
        (present("a")[0], "a is never missing"),
        (one_of("a", "x", "y"), "a is one of x, y"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_an_expectation_is_said_in_words(expectation: Expectation, words: str) -> None:
    assert expectation.words == words


def test_a_result_says_what_is_broken_and_what_to_do() -> None:
    gaps = Checked(
        "no gaps", passed=False, looked_at=700, broken=2, examples=["c1", "c2"], of="gaps"
    )
    columns = Checked(
        "columns", passed=False, looked_at=9, broken=1, examples=["a.b"], of="columns", fix="Mend."
    )
    fine = Checked("a = b", passed=True, looked_at=7, broken=0, examples=[])
    told = "gaps: 2 (\u2039c1\u203a, \u2039c2\u203a)"
    assert _result(fine).sentence() == "Every one is there."
    assert _result(gaps, fine).sentence() == f"{told}. Build the day again."
    assert _result(columns, gaps).sentence() == (
        f"columns: 1 (\u2039a.b\u203a); {told}. Mend. Build the day again."
    )


def test_the_table_of_a_result_holds_names_as_text() -> None:
    gaps = Checked("no gaps", passed=False, looked_at=1700, broken=1, examples=[HOSTILE])
    row = _result(gaps).table().splitlines()[-1]
    assert row.startswith("| no gaps | 1,700 | 1 | \u2039")
    assert r"\<script\>alert\(1\)\<\/script\>\|\`x\`".replace(r"\/", "/") in row
    assert row.count("|") - row.count(r"\|") == 5  # columns


def test_names_stand_between_marks_that_they_do_not_hold() -> None:
    odd = name_of("c\u2039\u203a1")
    assert (odd, marked(odd)) == ("c''1", "\u2039c''1\u203a")


def test_text_is_escaped_for_markdown_only_where_it_means_something() -> None:
    assert escaped("a user, 12:30") == r"a user, 12\:30"
    assert escaped("[x](javascript:alert(1))") == r"\[x\]\(javascript\:alert\(1\)\)"


def test_the_page_of_results_holds_names_as_text_and_loads_nothing() -> None:
    gaps = Checked("no gaps", passed=False, looked_at=7, broken=1, examples=[HOSTILE], of="gaps")
    page = results_page([Swept(_result(gaps), ["2026-01-05"])], f"home of {HOSTILE}")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;|`x`" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page


def test_the_page_of_results_counts_what_failed_and_what_warned() -> None:
    gaps = Checked("no gaps", passed=False, looked_at=7, broken=1, examples=["c1"], of="gaps")
    odd = StageCheck("a", "b", "Odd.", (), "x", fix="Look.", blocking=False)
    page = results_page(
        [
            Swept(_result(gaps), ["2026-01-05", "2026-01-07"]),
            Swept(_result(gaps, check=odd), ()),
            Swept(_result(), ()),
        ],
        "here",
    )
    assert "<h1>3 checks: 1 failed, 1 warned</h1>" in page
    assert "days: 2 (2026-01-05, 2026-01-07)" in page
    assert page.count('class="failed"') == page.count('class="warned"') == 1
    assert page.count("<details") == 3
    assert page.count(" open>") == 2
