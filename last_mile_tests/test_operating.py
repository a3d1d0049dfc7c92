"""docs/operating.md against what there is: alarms, sensors, commands, files, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import dagster as dg
import pytest

import last_mile.cli
from last_mile.cli.backup import backup, restore
from last_mile.cli.doctor import doctor
from last_mile.definitions import defs

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]
COMMAND = re.compile(r"(?<![\w/-])last-mile((?: (?![|→#&<>])[^\s`]+)+)")


@cache
def _repository() -> dg.RepositoryDefinition:
    return defs().get_repository_def()


def _checks() -> list[tuple[str, str]]:
    keys = _repository().asset_graph.asset_check_keys
    return sorted((key.name, key.asset_key.to_user_string()) for key in keys)


def _commands() -> Iterator[list[str]]:
    """What stands after `last-mile`, in code only."""
    blocks = re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
    for text in (*blocks, *spans):
        for line in text.splitlines():
            for found in COMMAND.findall(line.partition(" #")[0].replace("`", " ")):
                yield found.split()


def test_every_check_has_an_alarm_that_says_what_to_do() -> None:
    missing = [
        (name, asset)
        for name, asset in _checks()
        if not any(f"`{name}`" in row and f"`{asset}`" in row for row in ROWS)
    ]
    assert missing == []


def test_every_sensor_and_schedule_is_told_and_has_an_alarm() -> None:
    repository = _repository()
    names = [sensor.name for sensor in repository.sensor_defs]
    names += [schedule.name for schedule in repository.schedule_defs]
    assert [n for n in names if sum(f"`{n}`" in row for row in ROWS) < 2] == []


def test_every_command_is_one_with_the_options_it_has() -> None:
    top = click.Group(commands=dict(last_mile.cli.cli.commands))
    for other in ("judge", "labels", "releases", "export", "erase"):
        top.add_command(getattr(last_mile.cli, other))
    for command in (backup, restore, doctor):
        top.add_command(command)
    looked, wrong = 0, []
    for words in _commands():
        found: click.Command = top
        while isinstance(found, click.Group) and words and words[0] in found.commands:
            found = found.commands[words.pop(0)]
        known = {name for parameter in found.params for name in parameter.opts}
        known |= {name for parameter in found.params for name in parameter.secondary_opts}
        given = [word for word in words if word.startswith("--")]
        if found is top or set(given) - known:
            wrong.append(words)
        looked += 1
    assert wrong == []
    assert looked > 40


@pytest.mark.parametrize("kind", ["make", "links"])
def test_what_it_points_to_is_there(kind: str) -> None:
    if kind == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert [t for t in re.findall(r"(?<=[\n`(])make ([\w-]+)", PAGE) if t not in targets] == []
        return
    headings = [
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in PAGE.splitlines()
        if line.startswith("#")
    ]
    links = re.findall(r"\]\(([^)]+)\)", PAGE)
    anchors = [link[1:] for link in links if link.startswith("#")]
    files = [link.partition("#")[0] for link in links if not link.startswith(("#", "http"))]
    assert [anchor for anchor in anchors if anchor not in headings] == []
    assert [file for file in files if not (ROOT / "docs" / file).is_file()] == []


def test_a_restore_erases_users_after_the_history_that_may_name_them_is_back() -> None:
    commands = PAGE.partition("# and back\n")[2].partition("```")[0].splitlines()
    (history,) = (i for i, line in enumerate(commands) if "pg_restore" in line)
    (erases,) = (i for i, line in enumerate(commands) if "last-mile restore" in line)
    assert history < erases
