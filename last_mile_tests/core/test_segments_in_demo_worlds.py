"""What the search finds in the planted worlds, and how many conversations it needs for it.

`own_draft_proofread and not hallucinated_claim` holds 6.0 % of the confounded and 4.8 % of the
causal world, and its rate is 1.2 % and 9.3 % (relative) above that of all own drafts.
"""

from __future__ import annotations

import pytest

from last_mile.core.segments import segment_lift
from last_mile_tests.core.patterns import CONTEXT, LAW, METRICS, both_halves, demo_world

OWN, BEST = "own_draft_proofread", "own_draft_proofread and not hallucinated_claim"


@pytest.mark.parametrize("world", ["confounded", "causal"])
def test_at_100k_the_own_draft_is_found_and_held_out_at_its_planted_rate(world: str) -> None:
    patterns = demo_world(world, 100_000, 2)
    rows = segment_lift(patterns, METRICS, "hired", None, context=CONTEXT).rows
    row = next(row for row in rows.iter_rows(named=True) if row["segment"] == OWN)
    own = LAW["worlds"][world]["hire_rate_by_engagement"][2]
    overall = LAW["worlds"][world]["exact_judged"]["overall"]
    assert row["rate_low"] < own < row["rate_high"]
    assert row["vs_all"] == pytest.approx(own / overall, rel=0.1)
    assert row["rr_low"] > 4  # against the rest: 8.5 % / 1.5 % = 5.6


def test_in_the_causal_world_no_hallucination_shows_at_400k_with_a_support_of_4_percent() -> None:
    metrics = (
        "own_draft_proofread", "hallucinated_claim", "sounds_robotic", "multi_turn", "polished",
        "added_custom_context", "mentions_job_requirements", "exaggerated_claims", "grammatical",
    )  # fmt: skip
    patterns = demo_world("causal", 400_000, 2, metrics)  # few metrics: few patterns, fast
    rows = segment_lift(patterns, metrics, "hired", None, support=0.04).rows
    row = rows.row(0, named=True)
    assert row["segment"] == BEST
    assert row["dropped"] is not None  # a third literal was picked by chance
    planted = LAW["worlds"]["causal"]["exact_judged"]["best_vs_overall"]
    assert planted == 4.62661
    # 9,700 held out, 890 events: 3.3 % s.e. of the rate, 1.6 % of the overall rate
    assert row["vs_all"] == pytest.approx(planted, rel=0.075)


@pytest.mark.parametrize(("conversations", "segment"), [(100_000, OWN), (20_000_000, BEST)])
def test_in_the_confounded_world_no_hallucination_shows_in_millions(
    conversations: int, segment: str
) -> None:
    # the cells of the law: share of conversations, share of conversations with the outcome;
    # 8.57 % of own drafts without hallucination, 7.83 % of those with
    half = conversations / 2
    cells = [
        (True, False, 0.0602, 0.005160), (True, True, 0.0098, 0.000767),
        (False, False, 0.61285, 0.009985), (False, True, 0.31715, 0.004088),
    ]  # fmt: skip
    patterns = both_halves(
        *(
            {
                OWN: own,
                "hallucinated_claim": made_up,
                "n": round(n * half),
                "events": round(e * half),
            }
            for own, made_up, n, e in cells
        )
    )
    row = segment_lift(patterns, (OWN, "hallucinated_claim"), "hired", None).rows.row(0, named=True)
    assert row["segment"] == segment
    planted = {OWN: 4.233, BEST: LAW["worlds"]["confounded"]["exact_judged"]["best_vs_overall"]}
    assert row["vs_all"] == pytest.approx(planted[segment], rel=0.001)
