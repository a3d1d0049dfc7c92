"""The report page: what a reader finds in the HTML, whatever the numbers and strings are.

How the page looks is judged by eye on a screenshot, not here.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from last_mile.adapters.report_page import render_report, words
from last_mile.core.report import (
    engagement_section,
    failure_section,
    intuition_audit,
    trying_section,
)
from last_mile_tests.lift_rows import (
    composite_row,
    crude_row,
    effect_row,
    engagement_row,
    failure_counts_row,
    failure_row,
    first_release_row,
    leaking_row,
    lift_row,
    no_lift_row,
    quality_row,
    release_row,
    segment_row,
    text_row,
    unclear_row,
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


def test_hostile_strings_come_out_escaped_in_html_and_svg() -> None:
    html = render_report(hostile(report(judging=judging())))  # type: ignore[arg-type]
    assert "<script" not in html
    assert "<img" not in html
    found = Page(html)
    assert not {tag for tag, _ in found.elements} & LOADING_TAGS
    assert not [name for _, attributes in found.elements for name in attributes if name[:2] == "on"]
    charts = re.findall(r'<svg [^>]*role="img".*?</svg>', html, re.DOTALL)
    assert len(charts) == 5
    assert all("&lt;script&gt;alert(1)" in chart for chart in charts)


@pytest.mark.parametrize(
    "field",
    [
        "question", "metric", "verdict", "reason", "adjusted_for", "leaks", "about",
        "adjusted_reason",
    ],
)  # fmt: skip
def test_a_hostile_lift_field_is_shown_as_the_text_it_is(field: str) -> None:
    audit = report()["audit"]  # of a known verdict: core knows no other
    row = crude_row(**{"adjusted_for": "x", field: HOSTILE})
    html = render_report(report(lift=[row], audit=audit))
    assert HOSTILE not in html
    assert HOSTILE in Page(html).text


def test_dollars_emoji_and_control_characters_are_drawn_as_text() -> None:
    found = page(lift=[lift_row("cost_$x^2$ 🎉\x00\ud800")])
    assert "cost $x^2$ 🎉" in found.text
    assert "\x00" not in found.text
    found.text.encode("utf-8")


def test_every_lift_rows_n_appears() -> None:
    rows = [lift_row(f"m{i}", n=7000 + i, n_scored=6000 + i, n_true=1000 + i) for i in range(25)]
    rows.append(no_lift_row("rare", n=8123, n_scored=8100, n_true=4))
    text = page(lift=rows).text
    for row in rows:
        assert f"of {row['n']:,}" in text
        assert f"{row['n_true']:,} / {row['n_scored']:,}" in text


def test_a_null_number_shows_a_dash_and_the_reason() -> None:
    found = page(lift=[no_lift_row("rare")])
    assert "—" in found.text
    assert "not enough events" in found.text
    assert "Not drawn, having no interval:\nrare (not enough events)." in found.text


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_a_page_of_missing_numbers_says_neither_zero_nor_nan(missing: float | None) -> None:
    def blank(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: blank(item) for key, item in value.items()}
        if isinstance(value, list):
            return [blank(item) for item in value]
        return missing if isinstance(value, int | float) else value

    text = Page(render_report(blank(report(judging=judging())))).text
    assert not re.search(r"\b(nan|None|inf)\b", text, re.IGNORECASE)
    assert not re.search(r"\b0(\.0+)?%", text)
    assert text.count("— not given") > 5


def test_no_known_outcome_is_the_reason_a_tier_has_no_rate() -> None:
    nulls = dict.fromkeys(("rate", "rate_low", "rate_high"))
    tier = report()["tiers"][0] | nulls | {"n_known": 0, "events": 0}
    assert "— no outcome known" in page(tiers=[tier]).text


def test_a_tier_shows_its_later_ratio_and_whether_it_is_exported() -> None:
    shown = page().text
    assert "gold (warm)" in shown
    assert re.search(rf"2\.50\s*\[1\.25{words.EN_DASH}4\.75\]\s*of ordinary", shown)
    assert re.search(r"holds, exported\s*As meant, hired is more frequent\.", shown)


def test_a_locked_tier_says_why_in_words() -> None:
    locked = {"state": "not_monotone", "unlocked": False, "why": "It should be more frequent."}
    assert re.search(
        r"points the wrong way, export locked\s*It should be more frequent\.",
        page(tiers=[report()["tiers"][0] | locked]).text,
    )


def test_a_tier_that_was_not_looked_into_is_said_to_be_locked_unless_nobody_trains_on_it() -> None:
    names = ("later_rr", "later_low", "later_high", "reference", "state", "unlocked", "why")
    row = report()["tiers"][0] | dict.fromkeys(names)
    assert "not looked into, export locked" in page(tiers=[row]).text
    assert "not looked into" not in page(tiers=[row | {"train": None}]).text


def test_identical_input_gives_identical_bytes_in_another_process() -> None:
    script = (
        "import json, sys; from last_mile.adapters.report_page import render_report; "
        "sys.stdout.buffer.write(render_report(json.load(sys.stdin)).encode())"
    )
    content = json.dumps(report(judging=judging()), default=str)
    pages = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=content.encode(),
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert pages == {render_report(json.loads(content)).encode()}


def test_the_page_loads_nothing_from_anywhere() -> None:
    html = render_report(report(judging=judging()))
    found = Page(html)
    assert not {tag for tag, _ in found.elements} & LOADING_TAGS
    links = [a[k] or "" for _, a in found.elements for k in ("href", "src", "srcset") if k in a]
    assert links
    assert all(link.startswith("#") for link in set(links) - {OTHER_PAGE})
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    assert "@import" not in html
    assert "http:" not in html
    assert "https:" not in html


def test_ids_are_unique_across_charts_and_every_link_arrives() -> None:
    found = page(judging=judging())
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for _, a in found.elements if "href" in a} - {OTHER_PAGE}
    assert {str(target).removeprefix("#") for target in targets} <= set(ids)


@pytest.mark.parametrize("section", LISTS)
def test_a_section_tolerates_an_empty_list(section: str) -> None:
    assert page(**{section: []}).text


def test_a_report_of_empty_lists_still_has_every_section() -> None:
    nothing = failure_section([], failure_counts_row(n_failed=0), "hired")
    found = page(**{section: [] for section in LISTS}, training=None, failures=nothing)
    assert len(found.attributes("section")) == 16
    assert not found.attributes("table")
    assert "No training release was written." in found.text


def test_the_judging_section_shows_every_figure_of_a_run() -> None:
    found = page(judging=judging())
    assert {"id": "judging"} in found.attributes("section")
    text = " ".join(found.text.split())
    assert "1,200 answers in 1,234 calls cost $0.4120." in text
    row = text[text.index("13 Mar 2026 09:30 UTC") :]
    figures = [
        "13 Mar 2026 09:30 UTCopenai/gpt-4o-mini, online", "1,100", "1,2341,200 paid",
        "4at most $0.00731", "2,345,67863.9% cached", "98,765", "0.412", "0.375", "2.5%",
        "81290% 1,530, 99% 4,210",
    ]  # fmt: skip
    assert row.startswith(" ".join(figures))
    assert (
        "Quotes of 5,000 positive answers: 4,321 found letter by letter, 567 but for white space, "
        "case or quotation marks, 112 not found."
    ) in text


def test_the_grouping_section_shows_agreement_and_what_is_recommended() -> None:
    found = page(judging=judging())
    assert {"id": "grouping"} in found.attributes("section")
    text = " ".join(found.text.split())
    text = text[text.index("Ask all questions in one call.") :]
    assert "allrecommended all 400 97.2% 0.87[0.81–0.93] 0.66n 60 7 0.271" in text  # noqa: RUF001
    assert "one all 400 97.2% — not defined here 0.66n 60 7 0.271" in text
    assert text.count("recommended") == 1


def test_only_the_row_over_all_metrics_is_said_to_be_recommended() -> None:
    rows = [grouping_row(), grouping_row(metric="asked_follow_up")]
    assert page(judging=judging(grouping=rows)).text.count("recommended") == 1


def test_the_answers_by_metric_are_shown_of_the_first_grouping_alone() -> None:
    rows = [
        grouping_row(grouping, metric, n=1_000 * i + j)
        for i, grouping in enumerate(("all", "4", "one"), 1)
        for j, metric in enumerate(("all", "asked_follow_up", "robotic"))
    ]
    text = " ".join(page(judging=judging(grouping=rows)).text.split())
    shown = [n for n in (row["n"] for row in rows) if f" {n:,} 97.2%" in text]
    # pooled and by metric of the first, pooled of the others
    assert shown == [1_000, 1_001, 1_002, 2_000, 3_000]


def test_a_run_of_which_nothing_was_counted_or_measured_says_so_and_no_zero() -> None:
    unknown = ("prompt_tokens", "cached_tokens", "completion_tokens", "cache_share",
               "unusable_share", "latency_p50_ms", "latency_p90_ms", "latency_p99_ms")  # fmt: skip
    row = usage_row(**dict.fromkeys(unknown), n_paid=0, n_in_doubt=0)
    text = page(judging=judging(usage=[row])).text
    assert text.count("— not counted") == 2  # tokens in and out
    assert "% cached" not in text
    assert "— nothing paid" in text
    assert "— not measured" in text
    assert "at most" not in text


def test_a_judge_that_asked_for_nothing_has_no_section() -> None:
    found = page(judging=None)
    assert not {"judging", "grouping"} & {a["id"] for a in found.attributes("section")}
    assert not [a for a in found.attributes("a") if a["href"] in {"#judging", "#grouping"}]


def test_judging_without_calls_evidence_or_a_comparison_shows_its_sentences_alone() -> None:
    nothing = judging(usage=[], evidence=None, grouping=[], grouping_sentence=None)
    found = page(judging=nothing)
    assert "1,200 answers in 1,234 calls" in found.text
    assert "No call was made under this epoch." in found.text
    assert "Quotes of" not in found.text
    assert {"id": "grouping"} not in found.attributes("section")


@pytest.mark.parametrize(
    "hostile_part",
    [
        {"sentences": [HOSTILE]},
        {"usage": [usage_row(judge=HOSTILE)]},
        {"usage": [usage_row(mode=HOSTILE)]},
        {"usage": [usage_row(last_sent_at=HOSTILE)]},
        {"grouping": [grouping_row(metric=HOSTILE)]},
        {"grouping": [grouping_row(grouping=HOSTILE)]},
        {"grouping_sentence": HOSTILE},
    ],
    ids=["sentence", "judge", "mode", "time", "metric", "grouping", "recommendation"],
)
def test_a_hostile_text_about_judging_is_shown_as_the_text_it_is(
    hostile_part: dict[str, Any],
) -> None:
    html = render_report(report(judging=judging(**hostile_part)))
    assert HOSTILE not in html
    assert HOSTILE in Page(html).text


def test_the_recovered_section_is_left_out_of_a_real_world() -> None:
    found = page(recovered=None)
    assert "Recovered" not in found.text
    assert {"id": "recovered"} not in found.attributes("section")


def test_tables_have_captions_and_scoped_headings_and_charts_a_description() -> None:
    found = page(judging=judging())
    assert len(found.attributes("caption")) == len(found.attributes("table")) == 16 + 2
    assert all(attributes.get("scope") for attributes in found.attributes("th"))
    charts = [a for a in found.attributes("svg") if a.get("role") == "img"]
    assert len(charts) == 5
    assert all(chart["aria-label"] for chart in charts)
    assert found.text.count("As of 14\N{NO-BREAK SPACE}Mar\N{NO-BREAK SPACE}2026.") >= 13


def test_a_relative_risk_beyond_the_axis_or_of_zero_is_drawn_at_its_edge() -> None:
    rows = [
        lift_row("none", adjusted_rr=0.0, adjusted_low=0.0, adjusted_high=2.0),
        lift_row("huge", adjusted_rr=40.0, adjusted_low=8.0, adjusted_high=2e9),
    ]
    text = page(lift=rows).text
    assert "0.00 (0.00–2.00)" in text  # noqa: RUF001
    assert "40.0 (8.00–2,000,000,000)" in text  # noqa: RUF001


def test_the_primary_outcomes_table_comes_first_and_alone_is_drawn() -> None:
    found = page(lift=[lift_row("other", outcome="interviewed"), lift_row("main")])
    assert found.text.index("Outcome: hired") < found.text.index("Outcome: interviewed")
    forest = next(a for a in found.attributes("svg") if "Forest" in str(a.get("aria-label")))
    assert "hired for 1 metrics" in str(forest["aria-label"])


def _row(found: Page, start: str) -> str:
    """The text of a table from the row that starts so, on one line."""
    text = " ".join(found.text.split())
    return text[text.index(start) :]


def test_crude_adjusted_and_corrected_figures_stand_side_by_side() -> None:
    assert _row(page(lift=[text_row(question=None)]), "roboticjudge 200").startswith(
        "roboticjudge 200 / 1,00020.0% · of 1,000 15.0% / 5.0%30 / 40 events"
        "+10.0 [+5.0 to +15.0] 0.50[0.40–0.62]matured 2.96 0.70a[0.60–0.82]MH 2.44 "  # noqa: RUF001
        "0.40[0.30–0.60]pooled 0.38 4.44limit 2.58 <0.001p <0.001 confirmedlower → lower"  # noqa: RUF001
    )


def test_the_notes_name_each_adjustment_set_once_by_its_letter() -> None:
    rows = [lift_row("a"), lift_row("b"), text_row("c", adjusted_for="category, model, a")]
    note = _row(page(lift=rows), "Adjusted for a ")
    assert note.startswith("Adjusted for a category, model; b category, model, a.")


def test_what_is_not_told_apart_shows_what_would_have_been_and_the_rest_does_not() -> None:
    found = page(lift=[unclear_row("weak"), lift_row("strong")], lift_scopes=[])
    assert found.text.count("≤0.45, ≥1.85") == 1


def test_a_row_that_could_not_be_adjusted_says_why_and_is_drawn_as_crude() -> None:
    found = page(lift=[crude_row("few")], lift_scopes=[])
    assert "— not enough events" in found.text
    assert "3.00 (1.91–4.70) crude" in found.text  # noqa: RUF001


def test_strata_that_differ_and_errors_that_follow_the_outcome_are_marked() -> None:
    found = page(lift=[text_row(heterogeneity_p=0.009, differential_p=0.04)], lift_scopes=[])
    assert "strata differ" in found.text.partition("RR: relative risk")[0]
    assert "errors differ" in found.text.partition("RR: relative risk")[0]


def test_a_metric_that_knows_the_outcome_has_a_group_a_reason_and_no_verdict() -> None:
    found = page(lift=[lift_row("fair"), leaking_row()], lift_scopes=[])
    assert "Not drawn, knowing the outcome:\nsaid hired (the user reports the hire)." in found.text
    group = found.text[found.text.index("Knows the outcome") :]
    assert "no verdict" in group[:900]
    forest = next(a for a in found.attributes("svg") if "Forest" in str(a.get("aria-label")))
    assert "for 1 metrics" in str(forest["aria-label"])


def test_other_outcomes_and_scopes_are_folded_away_with_their_n() -> None:
    rows = [lift_row(), lift_row(outcome="interviewed", n=900)]
    scopes = [lift_row(scope="model=m1", n=600), lift_row(scope="surface=phone", n=400)]
    found = page(lift=rows, lift_scopes=scopes)
    assert len(found.attributes("details")) == 3
    for summary in (
        "Outcome interviewed, n = 900",
        "release m1, n = 600",
        "surface phone, n = 400",
    ):
        assert summary in found.text


def test_the_audit_leads_with_its_headline_and_leaves_out_what_knows_the_outcome() -> None:
    rows = [lift_row("a"), lift_row("b", prior_sign=-1, verdict="reversed"), leaking_row()]
    text = page(lift=rows).text
    assert "1 of 2 intuitions were wrong: b. Not counted: 1 metric that knows the outcome." in text
    assert "1 of 2 reversed" in text
    assert "1 of 2 confirmed" in text
    assert "n = 2 priors" in text


def test_a_prior_younger_than_the_first_sight_of_its_lift_is_marked_with_the_day() -> None:
    mark = "exploratory: registered after its lift was visible on 20\xa0Jan\xa02026"
    late = lift_row(exploratory=True, prior_date="2026-02-01")
    assert mark in page(lift=[late]).text
    assert mark not in page(lift=[lift_row()]).text
    said = "exploratory: written after looking at the outcome"
    assert said not in page(lift=[late]).text
    for first in (lift_row()["first_visible_on"], None):  # the prior is of December
        assert said in page(lift=[lift_row(exploratory=True, first_visible_on=first)]).text


def test_engagement_and_text_stand_in_two_panels_said_to_screen_readers_too() -> None:
    found = page(lift=[lift_row("asked"), text_row("robotic")])
    panels = next(a for a in found.attributes("svg") if "by kind" in str(a.get("aria-label")))
    assert str(panels["aria-label"]) == (
        "Strongest metrics by kind. About engagement: asked 2.50 (1.60–3.90), n = 1,000; "  # noqa: RUF001
        "About the text: robotic 0.70 (0.60–0.82), n = 1,000."  # noqa: RUF001
    )
    assert "Strongest engagement behaviour: asked, adjusted 2.50" in found.text
    row = _row(found, "hired 50075 events")
    assert row.startswith(
        "hired 50075 events 0.580[0.520 to 0.640]rate 20.0% top, 13.0% bottom not clicked default "
        "0.690[0.630 to 0.750]rate 10.0% true, 31.0% false −0.110[−0.180 to −0.040]"  # noqa: RUF001
    )


def test_a_kind_without_metrics_leaves_its_panel_empty() -> None:
    found = page(lift=[lift_row("asked")])
    panels = next(a for a in found.attributes("svg") if "by kind" in str(a.get("aria-label")))
    assert str(panels["aria-label"]).endswith("About the text: none.")


def test_a_segment_shows_what_was_dropped_what_the_search_saw_and_what_turns_round() -> None:
    row = _row(page(), "a and not badds nothing, dropped: grammatical")
    assert row.startswith(
        "a and not badds nothing, dropped: grammatical 627 events 11.3%[5.6–21.5%] 8.28"  # noqa: RUF001
        "[3.50–19.6]5.97 × all 11.2rate 16.0% robotic1.31 [1.02–1.70] inside, 0.55 overall"  # noqa: RUF001
        "turns round insideturned round inside: greeting"
    )


def test_a_segment_without_a_ratio_or_a_headline_flag_says_why() -> None:
    nothing = ("rr", "rr_low", "rr_high", "vs_all", "headline_rr", "reversed", "reversals")
    bare = segment_row() | dict.fromkeys((*nothing, "dropped"))
    bare |= {"reason": "empty_arm", "headline_reason": "part_of_segment"}
    text = page(segments=[bare]).text
    assert "— empty arm" in text
    assert "— part of segment, 0.55 overall" in text
    assert "turn" not in text.partition("Headline flag inside")[2].partition("Judge quality")[0]


def test_judge_quality_shows_agreement_and_the_corrected_share_beside_the_judged_one() -> None:
    assert _row(page(), "asked follow up 100stratified").startswith(
        "asked follow up 100stratified 80.0%[67.0–89.0%]40 found, 10 missed "  # noqa: RUF001
        "90.0%[79.0–96.0%]45 left, 5 wrong 85.0%[77.0–90.0%] 0.70[0.56–0.84] "  # noqa: RUF001
        "30.0%of 1,000 28.6%[21.0–35.0%]"  # noqa: RUF001
    )


def test_a_judge_at_chance_and_a_refused_correction_are_said() -> None:
    refused = quality_row(
        at_chance=True, prevalence_corrected=None, correction_reason="judge_near_chance"
    )
    text = page(judge_quality=[refused]).text
    assert "at chance" in text
    assert "— judge near chance" in text


def test_words_never_round_to_a_certainty() -> None:
    assert words.percent(0.00004) == "<0.1%"
    assert words.percent(0.99996) == ">99.9%"
    assert words.percent(0.0) == "0.0%"
    assert words.percent(1.0) == "100.0%"
    assert words.p_value(0.0000001) == "<0.001"
    assert words.ratio(0.001) == "<0.01"
    assert words.moment("2026-03-14T09:30:00+02:00") == "14 Mar 2026 07:30 UTC".replace(
        " ", "\N{NO-BREAK SPACE}", 2
    )


def test_releases_are_tables_of_their_own_and_stand_beside_engagement() -> None:
    page = Page(render_report(report()))
    assert "Release m2 against m1." in page.text
    assert "regressed in one stratum" in page.text
    assert "category=design" in page.text
    assert "Releases and engagement behaviours." in page.text
    assert page.text.count("+3.0") >= 2  # points: of the table and beside engagement


def test_a_refused_release_says_why_in_place_of_figures() -> None:
    row = release_row(
        basis="refused", reason="few_common_tasks", verdict=None, adjusted_rd=None, rd=None,
        paired_rd=None, worst_stratum=None, hides_regression=None, q=None,
    )  # fmt: skip
    text = Page(render_report(report(releases=[row]))).text
    assert "refused" in text
    assert "few common tasks" in text


def test_an_alarm_about_drift_stands_with_what_was_before_and_is_now() -> None:
    page = render_report(report())
    text = Page(page).text
    for part in ("Alarm since 2026-03-07", "30.0%", "41.0%", "812", "17", "since 7"):
        assert part in text.replace("\N{NO-BREAK SPACE}", " "), part
    assert 'points="0.0,24.0 120.0,0.0"' in page


def test_a_series_that_is_not_watched_yet_says_why_and_a_large_figure_is_no_row_of_digits() -> None:
    none = dict.fromkeys(("baseline", "recent", "e", "days_to_detect", "alarm_since"))
    waiting = drift_part("relation", alarm=False, reason="new_epoch", line="", **none)
    text = Page(render_report(report(drift=[waiting]))).text
    assert "new epoch" in text
    assert "now its baseline" in text  # the alarm of before
    assert "over a million" in Page(render_report(report(drift=[drift_part(e=1e200)]))).text


def test_a_series_that_ended_says_when() -> None:
    text = Page(render_report(report(drift=[drift_part(alarm=False, ended=True)]))).text
    assert "ended on 14 Mar" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "now its baseline" not in text


@pytest.mark.parametrize("kind", ["prevalence", "relation"])
def test_names_of_series_are_escaped(kind: str) -> None:
    html = render_report(report(drift=[drift_part(kind, metric=HOSTILE, reason=HOSTILE)]))
    assert HOSTILE not in html


@pytest.mark.parametrize("field", ["release", "reference", "measure", "worst_stratum"])
def test_names_of_releases_and_strata_are_escaped(field: str) -> None:
    html = render_report(report(releases=[release_row(**{field: HOSTILE})]))
    assert HOSTILE not in html
    assert HOSTILE.replace("_", " ") in Page(html).text
