"""In which version of DuckDB's storage the warehouse file stands, whoever made it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from last_mile.adapters.warehouse import Warehouse


def _version(file: Path) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as looked_at (read_only)")
        query = "select tags['storage_version'] from duckdb_databases() where database_name = ?"
        ((found,),) = connection.execute(query, ["looked_at"]).fetchall()
        return str(found)


def test_a_new_file_is_read_by_duckdb_from_1_2_on(tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path / "home"))
    assert warehouse.read("log_files").is_empty()
    assert _version(warehouse.installation.warehouse) == "v1.2.0+"


@pytest.mark.parametrize("made_by", ["v1.0.0", "v1.5.0"])
def test_a_file_that_is_there_stays_in_its_version(made_by: str, tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path / "home"))
    file = warehouse.installation.warehouse
    file.parent.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as made (storage_version '{made_by}')")
        connection.execute("create table made.theirs as select 1 as number")
        connection.execute("detach made")
    before = _version(file)
    assert warehouse.read("log_files").is_empty()
    warehouse.add_columns("labeled_conversations", {"flag_seen": "varchar"})
    assert _version(file) == before
    assert before.startswith(made_by[:4])
