"""The whole suite: its themes in the order of the page, and running it on several cores.

Not here: the settings of a theme (its own module), the page (table.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context

from last_mile_tests.prove import (
    adjustment,
    article,
    counts,
    coverage,
    delays,
    discovery,
    drift,
    epochs,
    failure_modes,
    halves,
    judging,
    releases,
    table,
    verdicts,
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Settings whose intervals stand in one table."""

    title: str
    words: str
    settings: tuple[coverage.Setting, ...]
    section: Callable[[str, str, Sequence[coverage.Coverage]], table.Section] = (
        table.coverage_section
    )


@dataclass(frozen=True, slots=True)
class Proof:
    """The page, what does not hold, and how many figures were looked at."""

    page: str
    failures: tuple[str, ...]
    figures: int


def themes() -> tuple[Theme, ...]:
    """Return the themes in the order of the page."""
    return (
        Theme(
            "Crude ratios, differences and shares",
            "One flag in one world without delay. `relative_risk` shows no interval when the "
            "smaller arm has fewer than 5 events; its coverage is of the intervals it shows.",
            counts.SETTINGS,
        ),
        Theme(
            "Weighted samples",
            "The flag and the rate differ between three strata, of which different shares were "
            "judged; without weights the ratio is another one.",
            counts.SAMPLES,
        ),
        Theme(
            "Outcomes that are still open",
            "Conversations of 100 days, hired after Gamma(2, 7 days), horizon 45 days; the flag "
            "came with a release, so its arm is younger. Taking open outcomes for negative ones "
            "must fail where there are enough events to see it.",
            delays.SETTINGS,
        ),
        Theme(
            "Adjustment",
            "24 strata of the article's categories and histories move the flag and the rate. "
            "Then few users with many conversations each, a habit and a frailty of their own, "
            "where an interval that takes conversations as independent must fail: so does that of "
            "Mantel-Haenszel over the strata, and crude intervals assume the same. With few "
            "users only the regression's interval, by user, can be relied on.",
            adjustment.SETTINGS,
        ),
        Theme(
            "The article's world in small draws",
            "The robotic flag in draws of 30,000 conversations, against what each analysis "
            "converges to; the crude interval also against the adjusted figure, which it must "
            "miss.",
            article.settings(),
        ),
        Theme(
            "Judge errors: relative risk",
            "The article's world and a judge with sensitivity 0.92, 100,000 conversations. "
            "Specificity is 0.85, or 0.95, 0.80, 0.60 by engagement, so that errors depend on "
            "the outcome. Corrected: 250 labels in each cell of judge and outcome. Pooled: 1,000 "
            "random labels. A test counts as an interval that holds when it does not reject.",
            judging.LIFTS,
        ),
        Theme(
            "Judge errors: prevalence",
            "A share of 10,000 flags, corrected with random labels.",
            judging.PREVALENCES,
        ),
        Theme(
            "Epochs and bridges",
            "3,000 conversations under an older judge, then 3,000 under a newer one; 300 of the "
            "older are judged under both. As counted, the judge's change must be taken for the "
            "product's; by the bridge it may be as often as 95% intervals miss. In the last world "
            "the product changed and the judge's strictness hides it.",
            epochs.SETTINGS,
            table.share_section,
        ),
        Theme(
            "Chosen on one half, measured on the other",
            "Ten independent flags. The best segment's interval is divided by its true value, "
            "which differs from world to world; on the half it was chosen on it must fail "
            "(winner's curse) where many segments are alike. Then a score of all flags against "
            "the best single flag.",
            halves.SETTINGS,
        ),
        Theme(
            "Verdicts",
            "One metric on its crude figures: the share of worlds that get a verdict. Asked: a "
            "wrong one in at most 5% of the worlds, the right one in at least 80% where there "
            "are enough conversations.",
            verdicts.SETTINGS,
            table.share_section,
        ),
        Theme(
            "Product releases",
            "A release is rolled out over 20 of 25 days to half of 240 conversations a day, beside "
            "the one before; users come again and differ. Six flags, one outcome, four categories. "
            "A stratum is named when the release regressed there and not on the whole.",
            releases.SETTINGS,
            table.share_section,
        ),
        Theme(
            "Drift",
            "25 flags, 28 days of baseline and 90 days watched every day; users come back for some "
            "days and have habits of their own, weekdays differ. Each kind of alarm may be false "
            "on any of its 25 series in 5% of the worlds. A planted change has to be found within "
            "the days that the table says on the day before, in 80% of the worlds.",
            drift.SETTINGS,
            table.share_section,
        ),
        Theme(
            "New failure modes",
            "6,000 conversations of users who come about four times, with words, a topic and a "
            "frailty of their own; a third is robotic, a flag that explains its failures. Some "
            "words go with a category, some with robotic texts, some with the others; none has an "
            "effect of its own but the phrase. Contexts without an effect count as terms do.",
            failure_modes.SETTINGS,
            table.share_section,
        ),
        Theme(
            "Power",
            "Worlds whose true ratio is the one `minimal_detectable` names for 80% power at "
            "5%: how often p is below 0.05.",
            counts.POWERS,
            table.share_section,
        ),
    )


def prove(worlds: int, seed: int, cores: int) -> Proof:
    """Draw everything and return the page.

    Args:
        worlds: Least number of worlds of a setting.
        seed: Same seed, same page.
        cores: Processes at once.
    """
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        draws = {
            world: [
                pool.submit(article.estimates, world, article.CONVERSATIONS, seed, place)
                for place in range(article.SEEDS)
            ]
            for world in article.WORLDS
        }
        called = [
            pool.submit(discovery.measure, setting, worlds, seed) for setting in discovery.SETTINGS
        ]
        covered = _submitted(pool, themes(), worlds, seed)
        two = [[one.result() for one in draws[world]] for world in article.WORLDS]
        sections = [
            table.figures_section(article.figures(chain(*two))),
            table.told_section(article.told_apart(*two)),
            table.discovery_section([one for part in called for one in part.result()]),
            *map(_section, covered),
        ]
    return _proof(worlds, seed, sections)


def prove_themes(titles: Sequence[str], old: str, worlds: int, seed: int, cores: int) -> Proof:
    """Draw some themes and return the page with them in place; a setting's worlds are its own.

    Args:
        titles: Of `themes()`.
        old: The page as it is.
        worlds: As of `prove`.
        seed: As of `prove`.
        cores: As of `prove`.

    Raises:
        ValueError: A title of no theme, or a page of other worlds or one that does not hold.
    """
    known = [theme.title for theme in themes()]
    unknown = sorted(set(titles) - set(known))
    if unknown:
        raise ValueError(f"no theme {unknown[0]!r}; there are: {', '.join(known)}")
    if _proof(worlds, seed, []).page.rstrip() != old.partition("## ")[0].rstrip():
        raise ValueError("the page was made with other worlds, or does not hold: make all of it")
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        chosen = [theme for theme in themes() if theme.title in titles]
        sections = [_section(one) for one in _submitted(pool, chosen, worlds, seed)]
    return Proof(
        table.renewed(old, sections, known),
        tuple(failure for section in sections for failure in section.failures),
        sum(len(section.rows) for section in sections),
    )


def _submitted(
    pool: ProcessPoolExecutor, chosen: Sequence[Theme], worlds: int, seed: int
) -> list[tuple[Theme, list[Future[list[coverage.Coverage]]]]]:
    return [
        (theme, [pool.submit(coverage.measure, s, worlds, seed) for s in theme.settings])
        for theme in chosen
    ]


def _section(drawn: tuple[Theme, list[Future[list[coverage.Coverage]]]]) -> table.Section:
    theme, parts = drawn
    return theme.section(theme.title, theme.words, [one for part in parts for one in part.result()])


def _proof(worlds: int, seed: int, sections: list[table.Section]) -> Proof:
    opening = (
        "Worlds whose truth is known exactly, drawn by simulation, and whether the figures of "
        "the evidence engine hold in them. "
        f"Seed {seed}; every setting has at least {worlds:,} worlds, most have more: with 200 the "
        "measured coverage of a perfect 95% interval lies outside of 93 to 97% one time in "
        "five, so cheap settings are drawn up to 25 times as often. A 95% interval holds when "
        "its measured coverage is between 93 and 97%; a naive figure beside, which must fail, "
        "fails below 93%. Coverage is of the intervals shown; in the other worlds they were "
        "withheld."
    )
    command = f"make prove WORLDS={worlds} SEED={seed}"
    return Proof(
        table.page(command, opening, sections),
        tuple(failure for section in sections for failure in section.failures),
        sum(len(section.rows) for section in sections),
    )
