"""`last-mile releases`: listed, shown, compared."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from last_mile.adapters.releases import (
    MANIFEST,
)
from last_mile.cli.releases import releases as releases_command
from last_mile.errors import UserError
from last_mile_tests.adapters.release_rows import (
    ABOUT,
    lineage_of_lines,
    lines_of,
    sft,
    write,
)


def _say(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(
        releases_command, [*arguments, "--home", str(home)], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.output


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the console is told, tables by their cells."""
    said = list[str]()

    def keep(table: Any) -> None:
        columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
        said.extend(" | ".join(row) for row in zip(*columns, strict=True))

    monkeypatch.setattr("last_mile.console.show_table", keep)
    monkeypatch.setattr("last_mile.console.note", said.append)
    return said


def test_releases_are_listed_and_shown(tmp_path: Path, printed: list[str]) -> None:
    _say(tmp_path, "list")
    assert printed == ["There is no training release yet. Next: last-mile run"]
    manifest = write(tmp_path / "releases")
    _say(tmp_path, "list")
    name, tokens = manifest["release_id"], sum(f["tokens"] for f in manifest["files"])
    assert f"{name} | 2026-03-01 | 5 | 11 | 11 | 10 | about {tokens:,}" in printed
    _say(tmp_path, "show", name)
    assert "conversations | 100" in printed
    assert "epoch: e" in printed
    assert "- one product" in printed


def test_the_difference_of_two_releases_is_told(tmp_path: Path, printed: list[str]) -> None:
    moved = lines_of(10)
    moved["sft"]["train"].remove(sft("c9"))
    moved["sft"]["test"].append(sft("c9"))
    lineage = lineage_of_lines(moved)
    about = {**ABOUT, "epoch": "e2", "funnel": [{"step": "conversations", "n": 90}],
             "rules": ["x" * 100 + "[old]"]}  # fmt: skip
    one = write(tmp_path / "releases")["release_id"]
    two = write(tmp_path / "releases", moved, lineage=lineage, about=about)["release_id"]
    _say(tmp_path, "diff", one, two)
    assert "epoch | e | e2" in printed
    assert "conversations | 100 | 90" in printed
    assert "sft | moved | train | test | 1" in printed
    assert "sft | kept | train | train | 9" in printed
    assert "files.sft/train.jsonl.rows | 10 | 9" in printed
    printed.clear()
    _say(tmp_path, "diff", two, two)
    assert printed[:2] == ["made from: the same", "funnel: the same"]
    assert printed[-1] == "files: the same"


def test_a_release_of_an_earlier_version_can_be_shown_but_not_compared(
    tmp_path: Path, printed: list[str]
) -> None:
    old = tmp_path / "releases" / "2026-01-01-0123abcd"
    old.mkdir(parents=True)
    files = [{"path": "sft/train.jsonl", "rows": 2, "sha256": "0" * 64}]
    (old / MANIFEST).write_text(json.dumps({"release_id": old.name, "files": files}))
    _say(tmp_path, "list")
    _say(tmp_path, "show", old.name)
    assert f"{old.name} | — | 1 | 2 | 0 | 0 | —" in printed
    with pytest.raises(UserError, match=r"has no lineage\.parquet"):
        _say(tmp_path, "diff", old.name, old.name)


def test_a_release_is_touched_although_it_is_read_only(tmp_path: Path) -> None:
    file = tmp_path / write(tmp_path)["release_id"] / MANIFEST
    os.utime(file, (1, 1))
    write(tmp_path)
    assert file.stat().st_mtime > 1
