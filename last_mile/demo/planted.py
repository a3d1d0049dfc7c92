"""What the law planted, as quantities a report can be held to; every number is read from law.json.

Measuring them belongs to the platform.
"""

from collections.abc import Mapping
from typing import Any

from last_mile.demo.law import HALLUCINATED, ROBOTIC, world_of

BEST = "own_draft_proofread and not hallucinated_claim"
WORST = "clicked_default and sounds_robotic and hallucinated_claim"


def planted_quantities(law: Mapping[str, Any], world: str) -> dict[str, Any]:
    """Return {"quantities": [...], "direct_effects": {...}} of a world.

    A quantity has `quantity` (for people), `kind` (share, rate or rr), `group` and, for rr,
    `versus` (expressions over metric ids, or 'everyone'), `outcome` for rate and rr, `planted`.
    `direct_effects` are the true multipliers behind the crude ratios, the difference of the worlds.

    Raises:
        ValueError: unknown world.
    """
    spec = world_of(law, world)
    exact, par = spec["exact_judged"], spec["par"]
    quantities = [
        _share("Accepted the default prompt", "clicked_default", exact["default"]),
        _share("Sound robotic", ROBOTIC, exact["robotic"]),
        _share("Hold an unsupported claim", HALLUCINATED, exact["halluc"]),
        _share("Best segment: own draft, no unsupported claim", BEST, exact["best_share"]),
        _share("Default, robotic and unsupported at once", WORST, exact["negatives_all_three"]),
        {
            "quantity": "Hired",
            "kind": "rate",
            "group": "everyone",
            "outcome": "hired",
            "planted": exact["overall"],
        },
        _rr("not clicked_default", "clicked_default", exact["RR_engaged_vs_default"]),
        _rr("own_draft_proofread", "clicked_default", exact["RR_own_draft_vs_default"]),
        _rr(f"not {ROBOTIC}", ROBOTIC, exact["RR_not_robotic"]),
        _rr(HALLUCINATED, f"not {HALLUCINATED}", exact["RR_halluc"]),
        _rr(BEST, "everyone", exact["best_vs_overall"]),
    ]
    for entry in law["metrics"]:
        if entry["target_rr"] is not None and entry["metric"] not in (ROBOTIC, HALLUCINATED):
            name = entry["metric"]
            quantities.append(_rr(name, f"not {name}", entry["target_rr"]))
    direct = {f"not {ROBOTIC}": par["rho"], HALLUCINATED: par["eta"]}
    return {"quantities": quantities, "direct_effects": direct}


def _share(quantity: str, group: str, planted: float) -> dict[str, Any]:
    return {"quantity": quantity, "kind": "share", "group": group, "planted": planted}


def _rr(group: str, versus: str, planted: float) -> dict[str, Any]:
    return {
        "quantity": f"Hired, {group} against {versus}".replace("_", " "),
        "kind": "rr",
        "group": group,
        "versus": versus,
        "outcome": "hired",
        "planted": planted,
    }
