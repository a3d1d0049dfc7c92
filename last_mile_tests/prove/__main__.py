"""Draws all worlds, writes docs/proof.md, and fails naming the criteria that do not hold.

`python -m last_mile_tests.prove --worlds 200 --seed 1`. Not here: what is drawn (suite.py).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import click

from last_mile_tests.prove.suite import prove, prove_themes

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"


def main() -> int:
    """Run the suite; 1 when a criterion does not hold."""
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="least worlds of a setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument(
        "--theme", action="append", default=[],
        help="only the section of this title, in the page as it is; again for more",
    )  # fmt: skip
    options = parser.parse_args()
    if options.worlds < 1:
        parser.error("--worlds must be 1 or more")
    started = time.monotonic()
    cores = os.cpu_count() or 1
    if options.theme:
        old = PAGE.read_text(encoding="utf-8")
        proof = prove_themes(options.theme, old, options.worlds, options.seed, cores)
    else:
        proof = prove(options.worlds, options.seed, cores)
    if not (options.theme and proof.failures):  # what does not hold stands at the head of a page
        options.out.write_text(proof.page, encoding="utf-8")
    click.echo(f"{proof.figures:,} figures in {time.monotonic() - started:.0f} s: {options.out}")
    for failure in proof.failures:
        click.echo(f"does not hold: {failure}", err=True)
    return 1 if proof.failures else 0


if __name__ == "__main__":
    sys.exit(main())
