"""Great Expectations over a DuckDB connection that is open already, for comparison.

Its own SQL source closes a connection before it has fetched, and DuckDB drops the result then
(great_expectations#10738, #11579: `list index out of range`). So here one connection stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)

from last_mile.core.expectation import Expectation


class Kept(ConnectionWrapper):
    """Stays open."""

    def close(self) -> None:
        """Left to whoever opened it."""


class OneConnection(SqlAlchemyExecutionEngine):
    """All queries over the same connection."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class Opened(SQLDatasource):
    """A source over an engine that is made already."""

    type: Literal["opened"] = "opened"  # type: ignore[assignment]

    def get_execution_engine(self) -> SqlAlchemyExecutionEngine:
        return OneConnection(name=self.name, engine=self._engine, create_temp_table=False)


def source_of(connection: duckdb.DuckDBPyConnection) -> Opened:
    """A data source over an open connection."""
    source = Opened(name="opened", connection_string="duckdb://")
    source._engine = sa.create_engine(
        "duckdb://",
        creator=lambda: Kept(connection),
        poolclass=sa.pool.StaticPool,
        pool_reset_on_return=None,
    )
    source._cached_connection_string = source.connection_string
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source._data_context = context
    return source


def broken_rows(
    connection: duckdb.DuckDBPyConnection, table: str, expectations: Sequence[Expectation], key: str
) -> list[tuple[bool, list[str]]]:
    """Whether each expectation holds in a table, and the keys of the rows that break it."""
    asset = source_of(connection).add_query_asset("rows", query=f"select * from {table}")
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    suite = gx.ExpectationSuite(
        name="rows",
        expectations=[
            getattr(gx.expectations, "".join(part.title() for part in item.name.split("_")))(
                **item.arguments
            )
            for item in expectations
        ],
    )
    complete = {"result_format": "COMPLETE", "unexpected_index_column_names": [key]}
    found = batch.validate(suite, result_format=complete).results
    return [(bool(result.success), _keys(result.result, key)) for result in found]


def _keys(detail: dict[str, Any], key: str) -> list[str]:
    return sorted(str(row[key]) for row in detail.get("unexpected_index_list") or ())
