"""What a CREATE TABLE of sql/ says for people: columns, constraints, the comment beside each.

Not here: running it (adapters/sql_files.py), how Dagster shows it (static.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""--(?P<comment>[^\n]*)
      | (?P<code>'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^-'"(),]+|-)""",
    re.VERBOSE,
)
_CONSTRAINT = re.compile(r"\b(not null|primary key|unique|default|check)\b", re.IGNORECASE)
_TABLE_WIDE = re.compile(r"^(primary key|unique|check)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as its file declares it.

    Attributes:
        kind: Its SQL type, as written.
        checks: Conditions of its own, without `check (…)`.
        comment: What stands beside it after `--`, as one line; empty without one.
    """

    name: str
    kind: str
    nullable: bool
    primary_key: bool
    checks: tuple[str, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A file's CREATE TABLE.

    Attributes:
        grain: What one row is: the comment on top of the file, as one line.
        constraints: Of the whole table, as written.
    """

    grain: str
    columns: tuple[Column, ...]
    constraints: tuple[str, ...]


@dataclass(slots=True)
class _Item:
    """One comma-separated part of a CREATE TABLE with the comments beside it."""

    code: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def text(self) -> str:
        return _one_line("".join(self.code))

    def comment(self) -> str:
        return _one_line(" ".join(self.comments))


def read_table(text: str) -> Table:
    """The columns and constraints in the text of a table's file; none of a view.

    Args:
        text: A file of sql/: comment lines, `create table if not exists <name> (…);`, and what
            fills it.
    """
    lines = text.splitlines()
    top = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    grain = _one_line(" ".join(line.removeprefix("--") for line in lines[:top]))
    if not lines[top : top + 1] or not lines[top].startswith("create table"):
        return Table(grain, (), ())
    items = list(_items("\n".join(lines[top:]).partition("(")[2]))
    columns = [_column(item) for item in items if not _TABLE_WIDE.match(item.text())]
    rules = [item.text() for item in items if _TABLE_WIDE.match(item.text())]
    return Table(grain, tuple(columns), tuple(rules))


def _items(body: str) -> Iterator[_Item]:
    """The parts of a CREATE TABLE up to its closing bracket.

    A comment belongs to the part that stands before it, on its line or above.
    """
    done: list[_Item] = []
    item, depth = _Item(), 0
    for token in _TOKEN.finditer(body):
        code, comment = token["code"], token["comment"]
        if comment is not None:
            (item if item.text() or not done else done[-1]).comments.append(comment)
            continue
        depth += {"(": 1, ")": -1}.get(code, 0)
        if depth < 0:
            break
        if code == "," and depth == 0:
            done.append(item)
            item = _Item()
        else:
            item.code.append(code)
    yield from (part for part in (*done, item) if part.text())


def _column(item: _Item) -> Column:
    name, _, rest = item.text().partition(" ")
    found = _CONSTRAINT.search(rest)
    kind, rules = (rest[: found.start()], rest[found.start() :]) if found else (rest, "")
    lower = rules.lower()
    primary = "primary key" in lower
    checks = re.findall(r"check \((.*?)\)(?= check|$)", rules)
    return Column(
        name=name.strip('"'),
        kind=kind.strip(),
        nullable=not (primary or "not null" in lower),
        primary_key=primary,
        checks=tuple(check.strip() for check in checks),
        comment=item.comment(),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
