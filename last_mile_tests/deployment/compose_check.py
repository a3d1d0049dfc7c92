"""`make compose-check`: hold docker-compose.yml and the files beside it to every rule.

No container engine is needed. Not here: the rules (compose_rules.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

from last_mile_tests.deployment.compose_file import FILE, ROOT, ComposeError, read_compose
from last_mile_tests.deployment.compose_rules import RULES

FILLED_IN = {"POSTGRES_PASSWORD": "of the check"}  # the one variable that must be set


def check(root: Path = ROOT) -> list[str]:
    """Check the compose file of a folder; prints a line per rule.

    Returns:
        A sentence per fault.
    """
    try:
        compose = read_compose(root, FILLED_IN)
    except ComposeError as error:
        return [str(error)]
    faults = list[str]()
    for rule, find in RULES.items():
        found = sorted(find(compose))
        print("ok    " if not found else "FAULT ", rule)  # noqa: T201
        faults += found
    return faults


if __name__ == "__main__":
    sys.exit("\n".join(f"{FILE}: {fault}" for fault in check()) or None)
