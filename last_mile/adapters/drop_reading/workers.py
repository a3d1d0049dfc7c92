"""Staging on several cores: the file is the unit of work, small files go in bundles.

Not here: what a worker does with a bundle (staging.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import NamedTuple

from last_mile.adapters.drop_reading.reading import MEGABYTE, FileRead, Reading
from last_mile.adapters.drop_reading.staging import stage
from last_mile.adapters.log_drop import DropFile
from last_mile.adapters.worker_pool import cores, worker_pool

_BUNDLE_FILES, _BUNDLE_BYTES = 500, 16 * MEGABYTE  # compressed, as they lie there
_ALONE_BYTES = 8 * MEGABYTE  # less than this is read in this process: a worker costs a second
_AHEAD = 2  # bundles read ahead of the one that is being taken into the warehouse, per worker


class Bundle(NamedTuple):
    """Files read together, the Parquet file of their rows, and what came of each."""

    files: list[DropFile]
    path: Path
    reads: list[FileRead]


def staged(files: Sequence[DropFile], reading: Reading, folder: Path) -> Iterator[Bundle]:
    """Read files of one kind, bundle by bundle, as workers finish them.

    Raises:
        UserError: A worker process died.
    """
    bundles = list(_bundles(files))
    paths = [folder / f"rows-{number}.parquet" for number in range(len(bundles))]
    workers = min(cores(), len(bundles))
    if workers < 2 or sum(file.size_bytes for file in files) < _ALONE_BYTES:  # noqa: PLR2004
        for bundle, path in zip(bundles, paths, strict=True):
            yield Bundle(bundle, path, stage(bundle, reading, path))
        return
    yield from _by_workers(bundles, paths, reading, workers)


def _by_workers(
    bundles: list[list[DropFile]], paths: list[Path], reading: Reading, workers: int
) -> Iterator[Bundle]:
    with worker_pool(workers, "read drop files") as pool:  # files landed so far are kept
        running: dict[Future[list[FileRead]], int] = {}
        waiting = iter(range(len(bundles)))
        while True:
            for number in waiting:
                future = pool.submit(stage, bundles[number], reading, paths[number])
                running[future] = number
                if len(running) >= workers * _AHEAD:
                    break
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                number = running.pop(future)
                yield Bundle(bundles[number], paths[number], future.result())


def _bundles(files: Sequence[DropFile]) -> Iterator[list[DropFile]]:
    bundle: list[DropFile] = []
    size = 0
    for file in files:
        if bundle and (size + file.size_bytes > _BUNDLE_BYTES or len(bundle) >= _BUNDLE_FILES):
            yield bundle
            bundle, size = [], 0
        bundle.append(file)
        size += file.size_bytes
    if bundle:
        yield bundle
