"""The page docs/proof.md: what was measured as Markdown tables. Not here: measuring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from last_mile_tests.prove.article import CONVERSATIONS, SEEDS, TOLERANCE, Figure, Told
from last_mile_tests.prove.coverage import MISSES, SHOWN, Coverage
from last_mile_tests.prove.discovery import EFFECTS, LEVEL, NULLS, Discoveries

PASSED, FAILED, NOT_ASKED = "yes", "**no**", "-"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table with the sentences above it, and what in it does not hold."""

    title: str
    words: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    failures: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the section as lines of Markdown."""
        return [
            f"## {self.title}",
            "",
            self.words,
            "",
            _line(self.head),
            _line(["---"] * len(self.head)),
            *map(_line, self.rows),
            "",
        ]


def page(command: str, opening: str, sections: Sequence[Section]) -> str:
    """Return the page; its first line names the command that makes it."""
    failures = [failure for section in sections for failure in section.failures]
    verdict = (
        "Every criterion holds."
        if not failures
        else "These criteria do not hold:\n\n" + "\n".join(f"- {failure}" for failure in failures)
    )
    lines = [f"<!-- Made by `{command}`. Do not edit. -->", "", "# Proof", "", opening, "", verdict]
    return "\n".join([*lines, "", *(line for part in sections for line in part.lines())])


def renewed(old: str, sections: Sequence[Section], order: Sequence[str]) -> str:
    """Return a page with some sections in place of those of the same titles.

    Args:
        old: The page as it is; every criterion on it holds.
        sections: To put in.
        order: Titles that follow, in this order, the sections not named here.
    """
    head, *parts = re.split(r"(?m)^(?=## )", old)
    kept = {part.partition("\n")[0].removeprefix("## "): part for part in parts}
    made = {one.title: "\n".join(one.lines()) + "\n" for one in sections}
    rest = [part.rstrip("\n") + "\n\n" for title, part in kept.items() if title not in order]
    found = {title: part.rstrip("\n") + "\n\n" for title, part in (kept | made).items()}
    ordered = [found[title] for title in order if title in found]
    return (head + "".join([*rest, *ordered])).rstrip("\n") + "\n"


def coverage_section(title: str, words: str, measured: Sequence[Coverage]) -> Section:
    """Return the table of how often intervals held the truth."""
    return Section(
        title,
        words,
        (
            "setting", "interval", "truth", "worlds", "withheld", "coverage [95% noise]",
            "truth below / above", "asked", "holds",
        ),
        tuple(_coverage_row(one) for one in measured),
        tuple(
            f"{title}: {one.setting}: {one.claim.interval} covers {_percent(one.share)}, "
            f"asked {_asked(one)}"
            for one in measured
            if not one.passed
        ),
    )  # fmt: skip


def share_section(title: str, words: str, measured: Sequence[Coverage]) -> Section:
    """Return the table of how many worlds got an answer, for answers that are no intervals."""
    return Section(
        title,
        words,
        ("setting", "answer", "worlds", "share of worlds [95% noise]", "asked", "holds"),
        tuple(
            (one.setting, one.claim.interval, f"{one.worlds:,}", _share(one), *_judged(one))
            for one in measured
        ),
        tuple(
            f"{title}: {one.setting}: {one.claim.interval} in {_percent(one.share)} of the "
            f"worlds, asked {_asked(one)}"
            for one in measured
            if not one.passed
        ),
    )


def _coverage_row(one: Coverage) -> tuple[str, ...]:
    sides = f"{one.below / one.shown:.1%} / {one.above / one.shown:.1%}" if one.shown else ""
    return (
        one.setting,
        one.claim.interval,
        f"{one.claim.truth:.4g}",
        f"{one.worlds:,}",
        f"{one.withheld / one.worlds:.1%}" if one.withheld else "0",
        _share(one),
        sides,
        *_judged(one),
    )


def _share(one: Coverage) -> str:
    noise = f" [{one.noise[0]:.1%}, {one.noise[1]:.1%}]" if one.shown else ""
    return _percent(one.share) + noise


def _judged(one: Coverage) -> tuple[str, str]:
    if one.claim.asked == MISSES:
        return "must fail", "fails" if one.passed else "**does not fail**"
    return _asked(one), _holds(one.passed, asked=one.claim.asked != SHOWN)


def _asked(one: Coverage) -> str:
    low, high = one.claim.asked
    if (low, high) == SHOWN:
        return NOT_ASKED
    if high == 1:
        return f"at least {low:.0%}"
    return f"at most {high:.0%}" if low == 0 else f"{low:.0%} to {high:.0%}"


def discovery_section(measured: Sequence[Discoveries]) -> Section:
    """Return the table of false discoveries."""
    title = "False discovery"
    return Section(
        title,
        f"25 metrics in a world of users with four conversations each: {NULLS} do nothing, "
        f"{EFFECTS} multiply the rate by 0.6 to 1.6. All 25 p-values are one family, a metric is "
        f"called when its Benjamini-Hochberg q is below {LEVEL:.0%}. Asked: at most {LEVEL:.0%} of "
        f"the {NULLS} nulls are called, and at most {LEVEL:.0%} of what is called is a null, on "
        "average over the worlds. Where engagement confounds, the crude figures stand beside "
        "and must fail, or the world would prove nothing.",
        (
            "setting", "p-value of", "worlds", "nulls called", "effects found",
            "false among the called", "holds",
        ),
        tuple(
            (
                one.setting,
                one.analysis,
                f"{one.worlds:,}",
                f"{one.nulls_called:.1%}",
                f"{one.effects_found:.1%}",
                f"{one.false_share:.1%} ± {one.noise:.1%}",
                (PASSED if one.passed else FAILED) if one.must_hold else "must fail: "
                + ("fails" if one.passed else "**does not**"),
            )
            for one in measured
        ),
        tuple(
            f"{title}: {one.setting}: {one.analysis} calls {one.nulls_called:.1%} of the nulls, "
            f"{one.false_share:.1%} of what it calls is null"
            for one in measured
            if not one.passed
        ),
    )  # fmt: skip


def figures_section(measured: Sequence[Figure]) -> Section:
    """Return the table of the article's ratios, beside the exact ones."""
    title = "The article's two worlds: the ratios"
    return Section(
        title,
        f"{SEEDS} draws of {CONVERSATIONS:,} conversations of each world of `article_law.json`, "
        "together. Exact is what the analysis converges to under the law, summed over its cells. "
        "Published is what was measured once when the law was made, on four million rows. Asked: "
        f"within {TOLERANCE:.0%} of both. What the regression adjusts for are the flags a "
        "platform can see; engagement itself is not shown to it.",
        ("world", "metric", "analysis", "published", "exact", "found [95%]", "holds"),
        tuple(
            (
                one.world,
                one.metric,
                one.analysis,
                f"{one.published:.3f}",
                f"{one.exact:.3f}",
                "{:.3f} [{:.3f}, {:.3f}]".format(*one.found),
                _holds(one.passed),
            )
            for one in measured
        ),
        tuple(
            f"{title}: {one.world}, {one.metric}, {one.analysis}: {one.found[0]:.3f} is not within "
            f"{TOLERANCE:.0%} of {one.exact:.3f} and {one.published:.3f}"
            for one in measured
            if not one.passed
        ),
    )


def told_section(measured: Iterable[Told]) -> Section:
    """Return the table of what must be seen in every single draw."""
    title, measured = "The article's two worlds: told apart", list(measured)
    return Section(
        title,
        f"In every single draw of {CONVERSATIONS:,} conversations by itself.",
        ("sentence", "true in", "holds"),
        tuple(
            (one.sentence, f"{one.times} of {one.seeds}", _holds(one.passed)) for one in measured
        ),
        tuple(
            f"{title}: {one.sentence}: {one.times} of {one.seeds}"
            for one in measured
            if not one.passed
        ),
    )


def _holds(passed: bool, *, asked: bool = True) -> str:
    if not asked:
        return NOT_ASKED
    return PASSED if passed else FAILED


def _percent(share: float | None) -> str:
    return "no interval" if share is None else f"{share:.1%}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
