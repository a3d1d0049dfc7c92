"""Reports as values, and their page as a reader finds it. Not here: the tests of the page."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from typing import Any

from last_mile.adapters.report_page import render_report
from last_mile.core.report import (
    engagement_section,
    failure_section,
    intuition_audit,
    trying_section,
)
from last_mile_tests.lift_rows import (
    composite_row,
    effect_row,
    engagement_row,
    failure_counts_row,
    failure_row,
    first_release_row,
    lift_row,
    quality_row,
    release_row,
    segment_row,
)

OTHER_PAGE = "engagement.html"  # beside it
HOSTILE = "<script>alert(1)</script>"
LISTS = [
    "headline", "funnel", "lift", "lift_scopes", "composite", "tiers", "judge_quality",
    "unscored", "segments", "releases", "effects", "linked", "drift", "recovered", "checks",
    "do_not_conclude",
]  # fmt: skip
LOADING_TAGS = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "base"}
VOID_TAGS = {"meta", "br"}


def usage_row(**changes: Any) -> dict[str, Any]:
    """A run of 1,234 calls about 1,100 conversations, all that is known of it."""
    row: dict[str, Any] = {
        "run": "r1", "epoch": "cd34", "judge": "openai/gpt-4o-mini", "mode": "online",
        "first_sent_at": datetime.fromisoformat("2026-03-13 09:00"),
        "last_sent_at": datetime.fromisoformat("2026-03-13 09:30"),
        "n_conversations": 1_100, "n_calls": 1_234, "n_paid": 1_200, "n_unusable": 30,
        "n_in_doubt": 4, "n_pending": 0, "prompt_tokens": 2_345_678, "cached_tokens": 1_500_000,
        "completion_tokens": 98_765, "cost_usd": 0.412, "in_doubt_usd": 0.00731,
        "pending_usd": 0.0, "usd_per_1000": 0.375, "cache_share": 0.639, "unusable_share": 0.025,
        "latency_p50_ms": 812.0, "latency_p90_ms": 1_530.0, "latency_p99_ms": 4_210.0,
    }  # fmt: skip
    return row | changes


def drift_part(kind: str = "prevalence", **changes: Any) -> dict[str, Any]:
    """An alarm of one flag since the seventh of March."""
    row: dict[str, Any] = {
        "alarm_kind": kind, "metric": "robotic", "day": "2026-03-14", "version": "e1", "n": 200,
        "positive": 80, "value": 0.4, "baseline": 0.3, "baseline_low": 0.28, "baseline_high": 0.32,
        "baseline_from": "2026-01-05", "baseline_to": "2026-02-01", "recent": 0.41,
        "recent_low": 0.38, "recent_high": 0.44, "recent_from": "2026-03-08", "e": 812.4,
        "changed_on": "2026-03-02", "alarm": True, "alarm_since": "2026-03-07", "change": 0.05,
        "days_to_detect": 17, "reason": None, "as_of": None, "line": "0.0,24.0 120.0,0.0",
        "last_alarm": "2026-03-07", "ended": False,
    }  # fmt: skip
    part = {"kind": kind, "about": "How often", "alarms": 1, "rows": [row | changes]}
    return part | {"sentences": ["Alarm since 2026-03-07: robotic."]}


def grouping_row(grouping: str = "all", metric: str = "all", **changes: Any) -> dict[str, Any]:
    """A grouping compared on 400 answers, with people's labels on 60 of them."""
    row: dict[str, Any] = {
        "grouping": grouping, "metric": metric, "n": 400, "agreement": 0.9725, "kappa": 0.87,
        "kappa_low": 0.81, "kappa_high": 0.93, "n_unscored": 7, "n_labelled": 60,
        "label_kappa": 0.66, "usd_per_1000": 0.271, "recommended": True,
    }  # fmt: skip
    return row | changes


def judging(**changes: Any) -> dict[str, Any]:
    """A full section about the judge's work."""
    section: dict[str, Any] = {
        "sentences": ["1,200 answers in 1,234 calls cost $0.4120."],
        "usage": [usage_row()],
        "evidence": {
            "n_positive": 5_000, "n_exact": 4_321, "n_repaired": 567, "n_unverified": 112,
        },
        "left": [{"reason": "run_cap", "n": 77}],
        "grouping": [
            grouping_row(),
            grouping_row("one", kappa=None, kappa_low=None, kappa_high=None, recommended=False),
        ],
        "grouping_sentence": "Ask all questions in one call.",
    }  # fmt: skip
    return section | changes


def report(**changes: Any) -> dict[str, Any]:
    """A report with one ordinary row in every section."""
    interval = {"rate_low": 0.1, "rate_high": 0.2}
    rates = {"n": 500, "events": 75, "rate": 0.15}
    base: dict[str, Any] = {
        "title": "proposals",
        "as_of": "2026-03-14T00:00:00Z",
        "snapshot": None,
        "rubric": {"name": "proposals", "version": "1", "hash": "ab12", "about": "Proposals."},
        "judge": {"name": "rules", "epoch": "cd34", "sentence": "Rules judged, not a model."},
        "days": {"first": "2026-01-05", "last": "2026-02-03", "count": 30},
        "primary_outcome": "hired",
        "horizon_days": 45,
        "headline": ["Asking back goes with hires."],
        "funnel": [{"step": "conversations", "n": 1010, "note": None}],
        "lift": [lift_row()],
        "tiers": [
            {"tier": "gold", "rule": "asked_follow_up", "share": 0.5, "n_known": 500}
            | {"train": "desirable", "name": "gold (warm)", "reason": "warm"} | rates | interval
            | {"later_rr": 2.5, "later_low": 1.25, "later_high": 4.75, "reference": "ordinary"}
            | {"later_from": "2026-01-20", "later_to": "2026-02-03", "level": 0.999}
            | {"state": "holds", "unlocked": True, "why": "As meant, hired is more frequent."}
        ],
        "lift_scopes": [lift_row(scope="model=m1", n=600)],
        "composite": [composite_row()],
        "judge_quality": [quality_row("asked_follow_up")],
        "judging": None,
        "epochs": None,
        "unscored": [{"metric": "asked_follow_up", "reason": "quote_not_found", "n": 12}],
        "segments": [segment_row()],
        "releases": [first_release_row(), release_row(), release_row("robotic", kind="flag")],
        "release_sentences": ["m2 against m1."],
        "effects": [effect_row(), effect_row(kind="release", cause="m2", versus="m1", rd=0.03)],
        "trying": trying_section(
            [engagement_row("asked_follow_up"),
             engagement_row("asked_follow_up", segment_by="category", segment="design")],
            {"asked_follow_up": "Did the user ask back?"}, "hired",
        ),
        "trying_care": ["These are logs."],
        "linked": [
            {"product_release": "m2", "training_release": "tr-1", "sentences": ["m2 rose."]}
        ],
        "drift": [drift_part()],
        "failures": failure_section([failure_row()], failure_counts_row(), "hired"),
        "recovered": [
            {"quantity": "RR", "planted": 3.1, "recovered": 3.0, "low": 1.9, "high": 4.7}
            | {"inside": True}
        ],
        "checks": [{"check": "ids_unique", "asset": "conversations", "passed": 30, "failed": 0}],
        "do_not_conclude": ["These are associations."],
        "training": {
            "release_id": "tr-1",
            "folder": "exports/tr-1",
            "files": [{"path": "sft.jsonl", "rows": 10, "sha256": "ef56"}],
        },
    }  # fmt: skip
    whole = base | changes
    assert not set(changes) - set(base) - {"audit", "engagement"}
    lift, composite = whole["lift"], whole["composite"]
    whole.setdefault("engagement", engagement_section(lift, composite, "hired"))
    if "audit" not in whole:
        whole["audit"] = intuition_audit(lift, "hired")
    return dict(json.loads(json.dumps(whole, default=str)))


class Page(HTMLParser):
    """The elements of a page: every (tag, attributes), and its text without markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def usual_page() -> Page:
    return Page(render_report(report()))


def page(**changes: Any) -> Page:
    return Page(render_report(report(**changes))) if changes else usual_page()


def hostile(value: object) -> object:
    """Replace every string of a report by one that would run if it were not escaped."""
    if isinstance(value, Mapping):
        return {key: hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return f"{HOSTILE}\"'><img src=x onerror=alert(2)>" if isinstance(value, str) else value


def read_row(found: Page, start: str) -> str:
    """The text of a table from the row that starts so, on one line."""
    text = " ".join(found.text.split())
    return text[text.index(start) :]
