"""DuckDB's extensions of a lake, from their wheels where these are installed, else by INSTALL.

Not here: what is done with them (lake.py).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from last_mile.errors import UserError

_OF_A_LAKE = ("ducklake", "postgres_scanner", "httpfs")


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Load what a lake needs.

    Raises:
        UserError: One is neither in a wheel nor to be had.
    """
    for name in _OF_A_LAKE:
        try:
            if file := _packaged(name):
                connection.execute(f"load '{str(file).replace(chr(39), chr(39) * 2)}'")
            else:
                connection.execute(f"install {name}; load {name}")
        except duckdb.Error:
            raise UserError(
                f"DuckDB {duckdb.__version__} cannot load its extension {name}, which the lake "
                "needs: pip install 'last-mile[lake]', or let this machine reach "
                "extensions.duckdb.org"
            ) from None


def _packaged(name: str) -> Path | None:
    """The extension's file in its wheel, built for this very version of DuckDB."""
    found = find_spec(f"duckdb_extension_{name}")
    if found is None or found.origin is None:
        return None
    file = f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"
    path = Path(found.origin).parent / file
    return path if path.is_file() else None
