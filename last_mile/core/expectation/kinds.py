"""What an expectation and a check of a stage are, and how expectations are written down.

Names are those of Great Expectations. Not here: which checks there are (the lists beside this
file), running them (adapters/expectations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["ERROR", "WARN"]
_BETWEEN = "expect_column_values_to_be_between"
_WORDS = {  # by name, and whether there is a lowest and a highest value
    ("expect_column_values_to_not_be_null", False, False): "{column} is never missing",
    ("expect_column_values_to_be_unique", False, False): "{column} is unique",
    ("expect_column_values_to_be_in_set", False, False): "{column} is one of {values}",
    ("expect_column_pair_values_to_be_equal", False, False): "{column_A} = {column_B}",
    ("expect_column_pair_values_a_to_be_greater_than_b", False, False): "{column_A} ≥ {column_B}",
    (_BETWEEN, True, False): "{column} ≥ {min_value}",
    (_BETWEEN, False, True): "{column} ≤ {max_value}",
    (_BETWEEN, True, True): "{column} lies in {min_value} to {max_value}",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One Great Expectations expectation by its snake_case name and arguments.

    Attributes:
        name: As in Great Expectations.
        arguments: Likewise.
        of: Of a column that counts broken things: what they are, in the plural.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    @property
    def counted(self) -> str | None:
        """The column that counts broken things, if this is about one."""
        return str(self.arguments["column"]) if self.of else None

    @property
    def words(self) -> str:
        """What is expected, for people."""
        if self.of:
            return f"no {self.of}"
        low, high = self.arguments.get("min_value"), self.arguments.get("max_value")
        if low == high and low is not None:
            return f"{self.arguments['column']} = {low}"
        ends, values = (low is not None, high is not None), self.arguments.get("value_set", ())
        return _WORDS[self.name, *ends].format(**self.arguments, values=", ".join(values))


@dataclass(frozen=True, slots=True)
class StageCheck:
    """A check of one asset: what it reads and expects, and what to do when that does not hold.

    Attributes:
        asset: Whose table it is about.
        name: Of the check.
        about: One sentence: what holds.
        expectations: Of the rows its query gives. A column `<count>__ids` of a query names some of
            the things that `<count>` counts.
        row_id: The column that names a row.
        fix: One sentence: what to do when it fails.
        counts: The column with the number of things a row sums up; None: a row is one thing.
        daily: Whether it is about a day; else about the whole history.
        blocking: Whether what is made from the table waits for it; else it only warns.
        tables: Tables whose columns have to be those of sql/ and of the rubric.
        shared_query: A query that several assets share, by its name in sql/checks/.
        fragments: Text for `{{ name }}` in its query.
    """

    asset: str
    name: str
    about: str
    expectations: tuple[Expectation, ...]
    row_id: str
    fix: str
    counts: str | None = None
    daily: bool = True
    blocking: bool = True
    tables: tuple[str, ...] = ()
    shared_query: str | None = None
    fragments: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """Name of its file in sql/checks/."""
        return self.shared_query or f"{self.asset}__{self.name}"

    @property
    def severity(self) -> Severity:
        """How bad a failure is: in error, or only odd."""
        return "ERROR" if self.blocking else "WARN"


AS_DECLARED = Expectation(
    "expect_column_pair_values_to_be_equal",
    {"column_A": "declared", "column_B": "live"},
)  # of the columns of a check's tables: one row per column with both its types


def present(*columns: str) -> tuple[Expectation, ...]:
    """No value is missing in these columns."""
    return tuple(Expectation("expect_column_values_to_not_be_null", {"column": c}) for c in columns)


def equal(left: str, right: str) -> Expectation:
    """Two columns are equal in every row."""
    arguments = {"column_A": left, "column_B": right}
    return Expectation("expect_column_pair_values_to_be_equal", arguments)


def at_least(column: str, least: str) -> Expectation:
    """A column is at least another one in every row."""
    arguments = {"column_A": column, "column_B": least, "or_equal": True}
    return Expectation("expect_column_pair_values_a_to_be_greater_than_b", arguments)


def between(column: str, low: float | None, high: float | None) -> Expectation:
    """Values lie in a closed range; missing values are not looked at."""
    arguments = {"column": column, "min_value": low, "max_value": high}
    return Expectation(_BETWEEN, arguments)


def unique(column: str) -> Expectation:
    """No value stands twice."""
    return Expectation("expect_column_values_to_be_unique", {"column": column})


def one_of(column: str, *values: str) -> Expectation:
    """Values come from a closed set; missing values are not looked at."""
    arguments = {"column": column, "value_set": list(values)}
    return Expectation("expect_column_values_to_be_in_set", arguments)


def none(column: str, of: str) -> Expectation:
    """A column that counts broken things is 0 in every row."""
    arguments = {"column": column, "min_value": 0, "max_value": 0}
    return Expectation(_BETWEEN, arguments, of)
