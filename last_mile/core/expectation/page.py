"""docs/checks.md: what is checked where, written from the table of checks.

Not here: how checks ended (html.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.expectation.kinds import StageCheck

_HEAD = """# What is checked where

Written by `last-mile checks page --out docs/checks.md` from `last_mile/core/expectation`; a test
fails when the two differ. Checks run with Great Expectations, each after its table was built, in
the same Dagster run, over counts and keys: their results hold ids and counts, no conversation
text.

- A check that **blocks** stops its day: tables of days that are made from it keep what they had,
  other days go on. No training data is made while a day of its tables is stopped; lifts and the
  other tables over all days are, and the report says so. A check of all days stops what is made
  from its table.
- A check that **warns** stops nothing.
- Where *columns of* a table are checked, all columns of `sql/<table>.sql`, and those that the
  rubric adds, are there with their types, and no others.

`last-mile checks docs --out DIR` runs all of them over a warehouse and writes the results as a
page. Besides these, `tier_lift` has the check `tiers_are_proven`, `training_release` one per gate
([docs/training.md](training.md)), and `report` the check `no_failed_partitions`.
"""


def checks_page(checks: Sequence[StageCheck]) -> str:
    """The page, in Markdown.

    Args:
        checks: All of them, in the order in which they are shown.
    """
    blocking = sum(check.blocking for check in checks)
    count = f"{len(checks)} checks of {len({check.asset for check in checks})} tables, "
    lines = [_HEAD, f"{count}{blocking} blocking.", "", *_contents(checks), ""]
    for asset in dict.fromkeys(check.asset for check in checks):
        lines += [f"## {asset}", ""]
        for check in checks:
            lines += _section(check) if check.asset == asset else ()
    return "\n".join(lines).rstrip() + "\n"


def about_what(check: StageCheck) -> str:
    """Whether it is about a day or all of them."""
    return "a day" if check.daily else "all days"


def effect(check: StageCheck) -> str:
    """What its failure does."""
    return "blocks" if check.blocking else "warns"


def _contents(checks: Sequence[StageCheck]) -> list[str]:
    rows = [
        f"| [{check.asset}](#{check.asset}) | {check.name} | {about_what(check)} | "
        f"{effect(check)} | {check.about} |"
        for check in checks
    ]
    return ["| table | check | of | | what holds |", "|---|---|---|---|---|", *rows]


def _section(check: StageCheck) -> list[str]:
    query = f"../sql/checks/{check.query}.sql"
    columns = ", ".join(f"`{table}`" for table in check.tables)
    return [
        f"**{check.name}** ({about_what(check)}, {effect(check)}; [query]({query})): {check.about}",
        "",
        *(f"- {expectation.words}" for expectation in check.expectations),
        *([f"- columns of {columns}"] if columns else ()),
        "",
        f"If it fails: {check.fix}",
        "",
    ]
