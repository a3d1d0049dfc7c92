"""Asks a sample of conversations in several groupings, and measures how these differ.

Every grouping has its own epoch, so its answers are paid once and are those of a run that uses it.
Not here: the figures and the rule (core/judge/grouping), asking (stage.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.stage import Stage, Watch
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import label_fragments, quoted, sampling_fragments
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.grouping import ONE, Comparison, Measured, judge_grouping
from last_mile.core.judge.prompt import panels
from last_mile.core.judge.sampling import next_round, sampling_order
from last_mile.core.rubric import Grouping, Rubric
from last_mile.errors import UserError

FEWEST = 20  # conversations; with fewer nothing is said
_SEED = "groupings"  # one sample per installation: a second comparison finds it in the ledger


def compare_groupings(  # noqa: PLR0917 - what a command gives, in the order of its options
    warehouse: Warehouse,
    groupings: Sequence[Grouping],
    sample: int,
    run: str,
    now: datetime,
    watch: Watch = lambda _: None,
) -> pl.DataFrame:
    """Ask the same conversations in every grouping and keep what comes out in `judge_grouping`.

    Conversations that people labelled are drawn first. All groupings are asked in rounds, so that
    a cap ends them at about the same conversation; only conversations with every answer under every
    grouping are compared. Always online, whatever the settings say: a batch's half price would
    be taken for a property of its grouping. Calls that earlier runs made by batch count as paid.

    Args:
        warehouse: The tables, and the settings beside them.
        groupings: To compare with `one`, which need not be named.
        sample: Conversations to ask, at least 20; all when there are fewer.
        run: What the spending cap per run is about: that of all groupings together.
        now: The time of the comparison, with its zone.
        watch: Told the progress four times a second.

    Returns:
        The rows that were added: see core/judge/grouping.

    Raises:
        UserError: The judge, the groupings or the conversations do not allow a comparison, the
            judge stopped, or fewer than 20 conversations could be compared. Answers are kept.
    """
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    asked = _checked(rubric, settings, groupings)
    days = _whole_range(warehouse)
    warehouse.build("human_labels", fragments=label_fragments(rubric))
    drawn = _drawn(warehouse, rubric, days, sample)
    ledgers = {str(g): _ledger(warehouse, rubric, settings.judge, g) for g in asked}
    try:
        capped = _ask(list(ledgers.values()), settings, days, drawn, run=run, watch=watch)
    finally:
        for ledger in ledgers.values():
            ledger.note_epoch(settings.judge)
    compared = _compared(ledgers, drawn)
    if len(compared) < FEWEST:
        raise UserError(_too_few(len(compared), len(drawn), capped, settings))
    at = now.astimezone(UTC).replace(tzinfo=None)
    comparison = Comparison(at, settings.judge, len(drawn), len(compared))
    frame = judge_grouping(comparison, _measured(ledgers, compared))
    warehouse.keep("judge_grouping", frame)
    return frame


def newest_comparison(warehouse: Warehouse) -> pl.DataFrame:
    """Rows of the newest comparison; none when it was about another rubric or judge."""
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    epoch = _ledger(warehouse, rubric, settings.judge, ONE).epoch
    found = warehouse.read("newest_grouping")
    return found if epoch in found["epoch"] else found.clear()


def _checked(rubric: Rubric, settings: Settings, groupings: Sequence[Grouping]) -> list[Grouping]:
    """The groupings to ask, each once, those with fewer calls first."""
    count = len(rubric.judged)
    if settings.judge.partition(":")[0] == RECORDED:
        raise UserError(
            f"judge {settings.judge}: recorded verdicts were not asked here; give --judge MODEL"
        )
    if count < 2:  # noqa: PLR2004 - one question has one grouping
        raise UserError(f"rubric {rubric.name} has {count} judged metrics; groupings need two")
    for grouping in groupings:
        if isinstance(grouping, int) and not 1 < grouping < count:
            raise UserError(
                f"{grouping} groups of {count} judged metrics are all or one question a call; "
                f"leave it out or give 2 to {count - 1}"
            )
    asked = list(dict.fromkeys([*groupings, ONE]))
    return sorted(asked, key=lambda grouping: len(panels(rubric.judged, grouping)))


def _whole_range(warehouse: Warehouse) -> Days:
    first, last, _ = warehouse.read("day_range").row(0)
    if first is None:
        raise UserError("there are no conversations yet; run `last-mile run --drops DIR` first")
    return Days(first, last + timedelta(days=1))


def _drawn(warehouse: Warehouse, rubric: Rubric, days: Days, sample: int) -> list[str]:
    """Content hashes in the order they are asked: labelled ones first, each part in strata."""
    fragments = {**sampling_fragments(rubric), "metric_ids": _ids(rubric)}
    frame = warehouse.read("grouping_sample", days, fragments)
    if min(frame.height, sample) < FEWEST:
        raise UserError(
            f"{min(frame.height, sample)} conversations are too few to compare groupings on; "
            f"at least {FEWEST} are needed, of {frame.height} there are"
        )
    order = list[str]()
    for is_labelled in (True, False):
        part = frame.filter(is_labelled=is_labelled).select("content_hash", "stratum")
        order += sampling_order(part.iter_rows(), _SEED)
    return order[:sample]


def _ledger(warehouse: Warehouse, rubric: Rubric, judge: str, grouping: Grouping) -> Ledger:
    asking = rubric.judge.model_copy(update={"grouping": grouping})
    grouped = rubric.model_copy(update={"judge": asking})
    return Ledger(warehouse, grouped, epoch_of(grouped, judge))


def _ask(
    ledgers: Sequence[Ledger], settings: Settings, days: Days, drawn: Sequence[str], *, run: str,
    watch: Watch,
) -> str | None:  # fmt: skip
    """Ask a growing prefix of the sample in every grouping; the cap that ended it, or None."""
    progress, online = Progress(), replace(settings, batch=False, precision=None)
    ledgers[0].fold()
    taken = 0
    while more := next_round(taken, len(drawn), FEWEST):
        for ledger in ledgers:
            judged = Judged(settings.judge, ledger.epoch, run, progress)
            Stage(ledger, online, days, judged, watch).ask_for(drawn[taken : taken + more])
            judged.raise_if_stopped()
            if progress.capped:
                return progress.capped
        taken += more
    return None


def _compared(ledgers: dict[str, Ledger], drawn: Sequence[str]) -> list[str]:
    """Of the drawn conversations, those that every grouping has every answer for."""
    one = ledgers[ONE]
    answers = len(ledgers) * len(one.rubric.judged)
    fragments = {**_among(ledgers, drawn), "answer_count": str(answers)}
    return one.warehouse.read("grouping_compared", fragments=fragments)["content_hash"].to_list()


def _measured(ledgers: dict[str, Ledger], compared: Sequence[str]) -> list[Measured]:
    one = ledgers[ONE]
    unscored = str(one.rubric.judge.unverified == "unscored").lower()
    among = _among(ledgers, compared)
    fragments = {**among, "one": quoted(one.epoch), "unverified_is_unscored": unscored}
    counts = one.warehouse.read("grouping_counts", fragments=fragments).to_dicts()
    costs = one.warehouse.read("grouping_costs", fragments=among).iter_rows()
    paid = {epoch: (calls, nano) for epoch, calls, nano in costs}
    order = [metric.id for metric in one.rubric.judged]
    counts.sort(key=lambda cell: order.index(cell["metric"]))
    return [
        Measured(
            grouping,
            ledger.epoch,
            *paid.get(ledger.epoch, (0, 0)),
            [cell for cell in counts if cell["epoch"] == ledger.epoch],
        )
        for grouping, ledger in ledgers.items()
    ]


def _among(ledgers: dict[str, Ledger], hashes: Sequence[str]) -> dict[str, str]:
    return {
        "hashes": _listed(hashes),
        "epochs": _listed(ledger.epoch for ledger in ledgers.values()),
        "metric_ids": _ids(ledgers[ONE].rubric),
    }


def _ids(rubric: Rubric) -> str:
    return _listed(metric.id for metric in rubric.judged)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(quoted, texts))


def _too_few(compared: int, drawn: int, capped: str | None, settings: Settings) -> str:
    why = {
        "run_cap": f"the cap of ${settings.cap_usd} of a run ended it: raise --cap-usd",
        "month_cap": f"the cap of ${settings.month_cap_usd} of a month ended it: raise "
        "--month-cap-usd",
    }.get(capped or "", "the others got no reply: run it again")
    return (
        f"judge {settings.judge}: {compared} of {drawn} sampled conversations have an answer under "
        f"every grouping, {FEWEST} are needed; {why} (what was answered is kept)"
    )
