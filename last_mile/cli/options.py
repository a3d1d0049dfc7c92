"""Options that several commands share, and the settings they come to.

Not here: commands (commands.py, judge.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from last_mile.adapters.installation import DEFAULT_HOME, SALT, Installation, Settings
from last_mile.adapters.log_drop import find_drop_files
from last_mile.core.formats import FORMATS
from last_mile.errors import UserError

DAY = click.DateTime(["%Y-%m-%d"])
home = click.option(
    "--home",
    type=click.Path(file_okay=False),
    envvar="LAST_MILE_HOME",
    default=DEFAULT_HOME,
    show_default=True,
    help="Folder that holds everything of one installation.",
)
drops = click.option(
    "--drops",
    type=click.Path(file_okay=False),
    help="Folder with conversation logs, outcomes*.csv|jsonl|parquet, labels*.csv|jsonl|parquet.",
)
default_day = click.option(
    "--default-day",
    type=DAY,
    help="Day of conversations that have no started_at, in files without a day in their path.",
)
log_format = click.option(
    "--format",
    "format_name",
    type=click.Choice(sorted(FORMATS)),
    help="Format of the conversation logs.  [default: detected file by file]",
)
max_line_mb = click.option(
    "--max-line-mb",
    type=click.IntRange(1, 1024),
    help="Longest line, row or array element that is read.  [default: 16]",
)
redact = click.option(
    "--redact/--no-redact",
    default=None,
    help="Replace e-mail addresses, phone and card numbers, URLs and names of the context "
    "documents before anything is stored.",
)
hash_users = click.option(
    "--hash-users/--no-hash-users",
    default=None,
    help=f"Store user ids as hashes under the secret in ${SALT}.",
)


first_day = click.option("--from", "first", type=DAY, help="First day to build (YYYY-MM-DD).")
last_day = click.option("--to", "last", type=DAY, help="Last day to build.")
rubric = click.option(
    "--rubric",
    help="Rubric file, or the name of a shipped one.  [default: that of the last run here, else "
    "proposals]",
)
judge = click.option(
    "--judge",
    help="`rules`, `recorded`, `recorded:ANNOTATOR`, or any LiteLLM model name with its usual key "
    "variable.  [default: that of the last run here, else rules]",
)
_USD = click.FloatRange(min=0)
_JUDGING = (
    click.option(
        "--cap-usd", type=_USD, help="Most that this run may spend on the judge; inf: no cap."
    ),
    click.option("--month-cap-usd", type=_USD, help="Most per calendar month (UTC); inf: no cap."),
    click.option(
        "--price-in", type=_USD, help="Price of the judge, USD per million prompt tokens."
    ),
    click.option("--price-out", type=_USD, help="… per million completion tokens."),
    click.option("--price-cached", type=_USD, help="… per million cached prompt tokens."),
    click.option(
        "--in-flight", type=click.IntRange(1, 1024), help="Most calls at once.  [default: 32]"
    ),
    click.option(
        "--calls-per-minute", type=click.FloatRange(min=0, min_open=True), help="Most calls begun."
    ),
    click.option(
        "--timeout-s",
        type=click.FloatRange(min=1),
        help="Longest wait for a reply.  [default: 120]",
    ),
    click.option(
        "--batch/--no-batch",
        default=None,
        help="Ask through the provider's batch API: half the price, up to a day of waiting.",
    ),
    click.option(
        "--precision",
        type=click.FloatRange(0, 0.5, min_open=True),
        help="Judge a sample of each day, until the 95 % interval of every prevalence is this wide "
        "to either side (0.05: five points).",
    ),
    click.option("--judge-all", is_flag=True, help="Judge every conversation: no --precision."),
)


_TRAINING = (
    click.option(
        "--evaluation",
        multiple=True,
        type=click.Path(dir_okay=False),
        help="File whose texts must not be in training data; may be given again.",
    ),
    click.option(
        "--tokenizer",
        type=click.Path(dir_okay=False),
        help="Tokenizer file (tokenizer.json) that counts the tokens of training files.  "
        "[default: an estimate]",
    ),
    click.option("--no-evaluation", is_flag=True, help="No longer the files given before."),
    click.option("--no-tokenizer", is_flag=True, help="Estimate tokens again."),
    click.option(
        "--scrubber",
        type=click.Choice(["patterns", "presidio"]),
        help="What replaces personal data in training texts.  [default: patterns]",
    ),
)


_PART = (
    click.option(
        "--parallel",
        type=click.IntRange(1, 64),
        default=1,
        show_default=True,
        help="Days built at once, each in a process of its own.",
    ),
    click.option(
        "--select",
        "selection",
        metavar="SELECTION",
        help="Build these tables only, named as Dagster selects assets: outcomes, "
        'key:"outcomes"+ (and all that is made from it), group:flags.',
    ),
    click.option(
        "--metric",
        "metrics",
        multiple=True,
        help="Make the flags of this metric only, and what is made from them; may be given again.",
    ),
)


def judging(command: Callable[..., None]) -> Callable[..., None]:
    """The options about how the judge is asked and what it may cost."""
    return _with(command, _JUDGING)


def training(command: Callable[..., None]) -> Callable[..., None]:
    """The options about how training data is cleaned and counted."""
    return _with(command, _TRAINING)


def everything(command: Callable[..., None]) -> Callable[..., None]:
    """All options of a run: drops, rubric, home, judge, days, reading, privacy, spending."""
    reading = (default_day, log_format, max_line_mb, redact, hash_users)
    days = (first_day, last_day)
    given = (drops, rubric, home, judge, *days, *reading, *_JUDGING, *_TRAINING)
    return _with(command, given)


def part(command: Callable[..., None]) -> Callable[..., None]:
    """The options about which part of a run is made, and how many days at once."""
    return _with(command, _PART)


def _with(
    command: Callable[..., None], wanted: Sequence[Callable[..., Any]]
) -> Callable[..., None]:
    for option in reversed(wanted):
        command = option(command)
    return command


def settings_for(
    installation: Installation, drops: str | None, given: Mapping[str, Any]
) -> Settings:
    """What this run works with: what was given, else what the last run here was given."""
    held = installation.settings() if installation.settings_file.exists() else None
    if held and given.get("judge") not in (None, held.judge):  # a price is that of one model
        held = replace(held, price_in=None, price_out=None, price_cached=None)
    if drops is not None:
        find_drop_files(Path(drops))  # a wrong folder stops here
        drops = str(Path(drops).absolute())
        if held and held.drops != drops:
            held = None  # another folder: nothing of the last run applies
    base = held or Settings(drops=str(installation.home / "demo_drops"), demo=drops is None)
    return replace(base, **chosen({**given, "drops": drops}))


def chosen(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name out of options by name; options that were not given are left out.

    Raises:
        UserError: One of two prices is missing.
    """
    given = dict(given)
    judge_all = given.pop("judge_all", False)
    forgotten: dict[str, Any] = {}
    if given.pop("no_evaluation", False) and not given.get("evaluation"):
        forgotten["evaluation"] = []
    if given.pop("no_tokenizer", False) and not given.get("tokenizer"):
        forgotten["tokenizer"] = None
    if (given.get("price_in") is None) != (given.get("price_out") is None):
        raise UserError("--price-in and --price-out belong together; give both")
    named = {"format_name": "format"}
    found = {
        named.get(name, name): _setting(name, value)
        for name, value in given.items()
        if value not in (None, ())
    }
    return found | forgotten | ({"precision": None} if judge_all else {})


def _setting(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if name == "evaluation":
        return [str(Path(file).absolute()) for file in value]
    if name == "tokenizer" or (name == "rubric" and Path(value).is_file()):
        return str(Path(value).absolute())
    return value


def day(moment: datetime | None) -> date | None:
    """The day of an option."""
    return moment.date() if moment else None
