"""The layers, read from the source: who may import whom, and what.

Definitions, then defs, then adapters and core; the command line and the demo stand above.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "last_mile"
MODULES = sorted(PACKAGE.rglob("*.py"))
TOP = ("demo", "cli", "console", "run")  # above the layers: they may use everything
MAY_IMPORT = {
    "core": {"core"},
    "adapters": {"adapters", "core", "errors"},
    "defs": {"defs", "adapters", "core", "errors"},
    "definitions": {"defs", "adapters", "core", "errors"},
    "errors": set[str](),
}
CORE_LIBRARIES = {"msgspec", "numpy", "polars", "pydantic", "scipy"}
IMPURE = {
    "builtins", "ctypes", "glob", "importlib", "io", "logging", "mmap", "multiprocessing", "os",
    "pathlib", "random", "requests", "secrets", "shelve", "shutil", "signal", "socket", "sqlite3",
    "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
CLIENTS = {
    "duckdb": {"sql_files", "warehouse"},
    "dagster_duckdb": {"warehouse"},
    "fcntl": {"file_lock"},
    "great_expectations": {"expectations"},
    "jinja2": {"report_page"},
    "litellm": {"judge"},
    "matplotlib": {"report_page"},
    "yaml": {"rubric_file", "rubric_text"},
    "backports": {"drop_reading"},
    "compression": {"drop_reading"},
    "isal": {"drop_reading"},
    "multiprocessing": {"worker_pool", "defs/celery_app"},
    "redis": {"redis_client"},
    "celery": {"defs/celery_app", "defs/celery_executor"},
    "dagster_celery": {"defs/celery_app", "defs/celery_executor"},
    "tokenizers": {"releases"},
    "psycopg2": {"warehouse"},
    "pyarrow": {"drop_reading"},
}


class Import(NamedTuple):
    """One import: the absolute name and its line."""

    name: str
    line: int


def _layer(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = (f"{node.module}.{alias.name}" for alias in node.names)
        yield from (Import(name, node.lineno) for name in names)


@cache
def _imports(module: Path) -> list[Import]:
    """Every import of a module, those inside functions too."""
    tree = ast.parse(module.read_text("utf-8"))
    return [found for node in ast.walk(tree) for found in _imported(node)]


def _importers(client: str) -> list[Path]:
    """Modules that import an outside client."""
    return [m for m in MODULES if any(i.name.partition(".")[0] == client for i in _imports(m))]


def _adapter(module: Path) -> str:
    """`warehouse` of adapters/warehouse.py; a module of another layer by its whole path."""
    layer, *rest = module.relative_to(PACKAGE).with_suffix("").parts
    return rest[0] if layer == "adapters" else "/".join([layer, *rest])


def _layers_used(module: Path) -> Iterator[tuple[str, int]]:
    for name, line in _imports(module):
        package, *rest = name.split(".")
        if package == "last_mile":
            yield rest[0], line


def _of(*layers: str) -> list[Path]:
    return [module for module in MODULES if _layer(module) in layers]


def _where(modules: list[Path]) -> list[str]:
    return [module.relative_to(PACKAGE).as_posix() for module in modules]


def test_every_module_belongs_to_a_layer() -> None:
    layers = {_layer(module) for module in MODULES}
    assert layers == {*MAY_IMPORT, *TOP, "__init__"}


@pytest.mark.parametrize("module", _of(*MAY_IMPORT), ids=_where(_of(*MAY_IMPORT)))
def test_a_layer_imports_only_the_layers_below_it(module: Path) -> None:
    allowed = MAY_IMPORT[_layer(module)]
    wrong = [f"line {line}: {used}" for used, line in _layers_used(module) if used not in allowed]
    assert wrong == []


@pytest.mark.parametrize("module", _of("core"), ids=_where(_of("core")))
def test_core_is_pure(module: Path) -> None:
    """No client, clock, environment, file, network or randomness."""
    wrong = []
    for name, line in _imports(module):
        package = name.partition(".")[0]
        known = package in CORE_LIBRARIES | {"last_mile"} or (
            package in sys.stdlib_module_names and package not in IMPURE
        )
        if not known or name.startswith("numpy.random"):
            wrong.append(f"line {line}: imports {name}")
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in {"open", "print", "input", "__import__"}:
            wrong.append(f"line {called.lineno}: calls {called.id}")
        if isinstance(called, ast.Attribute) and called.attr in {
            "now", "utcnow", "today", "default_rng", "read_text", "write_text", "read_bytes",
            "write_bytes", "read_parquet", "read_csv", "scan_parquet", "write_parquet",
        }:  # fmt: skip
            wrong.append(f"line {called.lineno}: calls .{called.attr}")
    assert wrong == []


@pytest.mark.parametrize("client", CLIENTS)
def test_an_outside_client_is_imported_in_its_adapter_only(client: str) -> None:
    importers = {_adapter(module) for module in _importers(client) if _layer(module) not in TOP}
    assert importers <= CLIENTS[client]
    assert importers, f"{client} is imported nowhere: take it off the list"


def test_core_knows_nothing_of_dagster_and_the_command_line_little() -> None:
    layers = {_layer(module) for module in _importers("dagster")}
    assert layers <= {"adapters", "defs", "definitions", "run"}


@pytest.mark.parametrize("slow", ["litellm", "great_expectations"])
def test_a_client_that_is_slow_to_import_is_imported_when_it_is_used(slow: str) -> None:
    at_once = {
        module.stem
        for module in _importers(slow)
        for node in ast.parse(module.read_text("utf-8")).body
        if any(name.partition(".")[0] == slow for name, _ in _imported(node))
    }
    assert at_once <= {"rules_provider"}  # which is itself imported when it is used


def test_no_module_loads_a_part_of_scipy_before_it_is_used() -> None:
    """`import scipy` loads `scipy.stats` at its first use: two seconds of every process."""
    early = {
        module.relative_to(PACKAGE).as_posix(): name
        for module in MODULES
        for name, _ in _imports(module)
        if name.startswith("scipy.")
    }
    assert early == {}
