"""`make manifests-check`: hold deploy/k8s to the schema of Kubernetes and to more rules.

No cluster and no Helm is needed, so what the chart's templates make of values.yaml is not seen: of
that, `helm template` tells. Not here: the rules (manifests_rules.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

from last_mile_tests.deployment.compose_file import ROOT
from last_mile_tests.deployment.manifests import ManifestError, read_manifests
from last_mile_tests.deployment.manifests_rules import RULES

FOLDER = ROOT / "deploy" / "k8s"


def check(folder: Path = FOLDER) -> list[str]:
    """Check the manifests of a folder; prints a line per rule.

    Returns:
        A sentence per fault.
    """
    try:
        manifests = read_manifests(folder)
        manifests.run()
    except ManifestError as error:
        return [str(error)]
    except KeyError as error:
        return [f"values.yaml has no {error}"]
    faults = list[str]()
    for rule, find in RULES.items():
        found = sorted(find(manifests))
        print("ok    " if not found else "FAULT ", rule)  # noqa: T201
        faults += found
    return faults


if __name__ == "__main__":
    sys.exit("\n".join(f"deploy/k8s: {fault}" for fault in check()) or None)
