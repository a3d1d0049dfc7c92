"""Reads the warehouse for the report and writes its pages, report.json and report/*.parquet.

Not here: sentences (core/report.py), the page (report_page/).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from last_mile.adapters.epoch_report import read_epochs
from last_mile.adapters.failure_source import failure_counts
from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.client import RULES
from last_mile.adapters.judge.comparison import newest_comparison
from last_mile.adapters.release_links import linked
from last_mile.adapters.releases import newest_release
from last_mile.adapters.report_numbers import write_numbers
from last_mile.adapters.sql_files import fill, query_text
from last_mile.adapters.warehouse import Warehouse
from last_mile.core import report as content
from last_mile.core.expression import rule_to_sql
from last_mile.core.fragments import quoted
from last_mile.core.judge.account import account, what_is_left
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.grouping import recommendation
from last_mile.core.rubric import Rubric

PLANTED = "planted.json"


def write_report(
    warehouse: Warehouse,
    checks: Sequence[dict[str, Any]],
    releases: Path | None = None,
    into: Installation | None = None,
) -> dict[str, Any]:
    """Write the report of an installation: the page, and its numbers as JSON and Parquet.

    Args:
        warehouse: The tables.
        checks: `check`, `asset`, `passed`, `failed`, `days_held` of the stage checks.
        releases: Folder of training releases; None: the installation's own.
        into: Where it is written; None: into the installation.

    Returns:
        The report's content, as in report.json.
    """
    installation, warehouse = warehouse.installation, warehouse.pinned()
    lifts = content.defined_lifts(_rows(warehouse, "metric_lift"), installation.rubric())
    report = read_report(warehouse, lifts, checks, releases or installation.releases)
    text = json.dumps(report, indent=2, ensure_ascii=False, default=_plain) + "\n"
    into = into or installation
    into.home.mkdir(parents=True, exist_ok=True)
    write_numbers(into.report_numbers, {**report, "lift": lifts})
    _write(into.report_json, text)
    _write_pages(into, json.loads(text))
    return dict(json.loads(text))


def _write_pages(into: Installation, report: Mapping[str, Any]) -> None:
    # Every process of Dagster imports this: one that writes no page need not wait for matplotlib.
    from last_mile.adapters.report_page import render_engagement, render_report  # noqa: PLC0415

    _write(into.report_html, render_report(report))
    _write(into.engagement_html, render_engagement(report))


def read_report(
    warehouse: Warehouse,
    lifts: Sequence[dict[str, Any]],
    checks: Sequence[dict[str, Any]],
    releases: Path,
) -> dict[str, Any]:
    """The report's content out of the tables.

    Args:
        warehouse: The tables.
        lifts: Rows of `metric_lift` of every scope, as `defined_lifts` returns them.
        checks: See `write_report`.
        releases: See `write_report`.
    """
    installation = warehouse.installation
    rubric, settings = installation.rubric(), installation.settings()
    primary, column = rubric.primary, f'"{rubric.primary.id}"'
    lift = content.lift_section(lifts)
    quality, composite = _rows(warehouse, "judge_calibration"), _rows(warehouse, "composite_lift")
    funnel = _rows(warehouse, "funnel", {"outcome": quoted(primary.id)})
    n_open = next(row["n"] for row in funnel if row["step"] == "outcome open")
    judging = _judging(warehouse, settings.judge, epoch_of(rubric, settings.judge))
    doubts = content.unsound(checks)
    doubts += content.do_not_conclude(lift, quality, n_open, primary.id, settings.judge)
    about = _about(warehouse, rubric, settings.judge, quality)
    return {
        **about,
        "headline": _headline(warehouse, lift, rubric),
        "funnel": [{"step": r["step"], "n": r["n"], "note": None} for r in funnel],
        "lift": lift,
        "lift_scopes": content.lift_scopes(lifts, primary.id),
        "audit": content.intuition_audit(lift, primary.id),
        "engagement": content.engagement_section(lift, composite, primary.id),
        "composite": composite,
        "tiers": content.tier_section(
            _rows(warehouse, "tier_outcomes", {"outcome": column}), _rows(warehouse, "tier_lift")
        ),
        "judge_quality": quality,
        "judging": judging,
        "epochs": read_epochs(warehouse, epoch_of(rubric, settings.judge)),
        "unscored": _rows(warehouse, "unscored"),
        "segments": content.segment_section(_rows(warehouse, "segment_lift"), primary.id),
        **_loop(warehouse, rubric, releases),
        "recovered": _recovered(warehouse, rubric, Path(settings.drops)),
        "checks": list(checks),
        "do_not_conclude": doubts + (what_is_left(judging["left"]) if judging else []),
        "training": _training(releases, about["as_of"]),
    }


def _loop(warehouse: Warehouse, rubric: Rubric, releases: Path) -> dict[str, Any]:
    """Product releases, what training did, drift, failures without a flag, engagement."""
    compared, primary = _rows(warehouse, "release_comparison"), rubric.primary
    return {
        "releases": compared,
        "release_sentences": content.release_sentences(compared),
        "effects": _rows(warehouse, "outcome_effects"),
        "trying": content.trying_section(
            _rows(warehouse, "engagement_effects"),
            {metric.id: metric.question for metric in rubric.metrics},
            primary.id,
        ),
        "trying_care": list(content.CARE),
        "linked": content.linked_releases(linked(warehouse, releases), compared),
        "failures": content.failure_section(
            _rows(warehouse, "failure_modes"), failure_counts(warehouse, rubric), primary.id
        ),
        "drift": content.drift_section(warehouse.read("drift")),
    }


def _about(
    warehouse: Warehouse, rubric: Rubric, judge: str, quality: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the report is of: rubric, judge, days, outcome, and up to when."""
    days = _rows(warehouse, "day_range")[0]
    return {
        "title": rubric.name,
        "as_of": warehouse.read("known_up_to").item(),
        "snapshot": warehouse.snapshot,
        "rubric": {
            "name": rubric.name, "version": rubric.version, "hash": rubric.hash,
            "about": rubric.about,
        },
        "judge": {
            "name": judge,
            "epoch": epoch_of(rubric, judge),
            "sentence": content.judge_sentence(judge, quality),
        },
        "days": {"first": days["first"], "last": days["last"], "count": days["days"]},
        "primary_outcome": rubric.primary.id,
        "horizon_days": rubric.primary.horizon_days,
    }  # fmt: skip


def _headline(warehouse: Warehouse, lift: Sequence[Mapping[str, Any]], rubric: Rubric) -> list[str]:
    primary, names = rubric.primary, warehouse.read("outcome_names")["outcome"].to_list()
    return [
        *content.missing_outcome(names, primary.id),
        *content.nothing_matured(lift, primary.id, primary.horizon_days),
        *content.headline(lift, primary.id),
    ]


def _judging(warehouse: Warehouse, judge: str, epoch: str) -> dict[str, Any] | None:
    """What judging came to under an epoch; None: nothing was asked, or it is free and whole."""
    usage = [row for row in _rows(warehouse, "judge_usage") if row["epoch"] == epoch]
    evidence = [row for row in _rows(warehouse, "judge_evidence") if row["epoch"] == epoch]
    left = _rows(warehouse, "judge_left", {"epoch": quoted(epoch)})
    grouping = newest_comparison(warehouse).to_dicts()
    if not (usage or left or grouping):
        return None
    found = evidence[0] if evidence else None
    return {
        "sentences": account([] if judge == RULES else usage, found, left),
        "usage": usage,
        "evidence": found,
        "left": left,
        "grouping": grouping,
        "grouping_sentence": recommendation(grouping) if grouping else None,
    }


def _rows(
    warehouse: Warehouse, query: str, fragments: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    return list(warehouse.read(query, fragments=fragments).iter_rows(named=True))


def _recovered(warehouse: Warehouse, rubric: Rubric, drops: Path) -> list[dict[str, Any]] | None:
    """Planted quantities beside what the tables say, when the drops are a demo world."""
    if not (drops / PLANTED).is_file():
        return None
    known = [metric.id for metric in rubric.metrics]
    outcomes = {kind.id for kind in rubric.outcomes}
    quantities = [
        {"outcome": rubric.primary.id, **{name: v for name, v in one.items() if v is not None}}
        for one in json.loads((drops / PLANTED).read_text("utf-8"))["quantities"]
    ]
    planted = [one for one in quantities if one["outcome"] in outcomes]
    queries = [
        fill(
            query_text("contrast") or "",
            {
                "group": rule_to_sql(one["group"], known),
                "versus": rule_to_sql(one.get("versus") or "everyone", known),
                "outcome": f'"{one["outcome"]}"',
            },
        )
        for one in planted
    ]
    counts = warehouse.look(lambda found: [found.sql(query).pl() for query in queries])
    return [
        content.recovered_row(one, its.row(0, named=True))
        for one, its in zip(planted, counts, strict=True)
    ]


def _training(releases: Path, as_of: object) -> dict[str, Any] | None:
    manifest = newest_release(releases, str(as_of or ""))
    if manifest is None:
        return None
    return {
        "release_id": manifest["release_id"],
        "folder": f"releases/{manifest['release_id']}",
        "files": manifest["files"],
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a report")


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(path.suffix + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
