"""A lake of its own for every test, with its Parquet in a folder or in a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from last_mile.adapters.lake_address import CATALOG, DATA, ENDPOINT
from last_mile_tests.servers.postgres import Postgres, postgres
from last_mile_tests.servers.store import new_bucket, store


@pytest.fixture(scope="session")
def catalogs() -> Iterator[Postgres]:
    """A PostgreSQL for the catalogs of all tests."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def objects() -> Iterator[str]:
    """Address of an S3-compatible server."""
    with store() as address:
        yield address


@pytest.fixture
def in_folder(catalogs: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment names an empty lake in a folder; where a home may be."""
    monkeypatch.setenv(CATALOG, catalogs.new_database())
    monkeypatch.setenv(DATA, str(tmp_path / "data"))
    return tmp_path / "home"


@pytest.fixture
def in_store(
    catalogs: Postgres, objects: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The environment names an empty lake in a store; where a home may be."""
    monkeypatch.setenv(CATALOG, catalogs.new_database())
    monkeypatch.setenv(DATA, f"s3://{new_bucket(objects)}/tables")
    monkeypatch.setenv(ENDPOINT, objects)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return tmp_path / "home"
