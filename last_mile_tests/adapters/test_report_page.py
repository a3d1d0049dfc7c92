"""The report page: what a reader finds in the HTML, whatever the numbers and strings are.

How the page looks is judged by eye on a screenshot, not here; nor its sections, one file each
(test_report_page_*.py).
"""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from last_mile.adapters.report_page import render_report
from last_mile.core.report import (
    failure_section,
)
from last_mile_tests.adapters.report_pages import (
    LISTS,
    LOADING_TAGS,
    OTHER_PAGE,
    Page,
    hostile,
    judging,
    page,
    report,
)
from last_mile_tests.lift_rows import (
    failure_counts_row,
    lift_row,
    no_lift_row,
)


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


def test_dollars_emoji_and_control_characters_are_drawn_as_text() -> None:
    found = page(lift=[lift_row("cost_$x^2$ 🎉\x00\ud800")])
    assert "cost $x^2$ 🎉" in found.text
    assert "\x00" not in found.text
    found.text.encode("utf-8")


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
