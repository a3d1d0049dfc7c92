"""The list of everything Dagster loads: assets, checks, jobs, sensors, resources. Nothing else."""

from __future__ import annotations

import os

import dagster as dg

from last_mile.adapters.warehouse import Warehouse
from last_mile.defs import (
    cells,
    conversations,
    drift,
    epochs,
    evidence,
    failures,
    jobs,
    landing,
    outcomes,
    releases,
    report,
    tiers,
    training,
)
from last_mile.defs.automation import carry_changed_days
from last_mile.defs.broken_days import no_failed_partitions
from last_mile.defs.checks import STAGE_CHECK_DEFINITIONS
from last_mile.defs.executor import executor_from
from last_mile.defs.judging import JudgeWatch
from last_mile.defs.schedules import (
    broken_days_hourly,
    evidence_hourly,
    feedback_loop_daily,
    release_weekly,
)
from last_mile.defs.sensors import (
    finished_batches,
    new_label_drops,
    new_log_drops,
    new_outcome_drops,
)


@dg.definitions
def defs() -> dg.Definitions:
    """The last_mile code location."""
    return dg.Definitions(
        assets=[
            landing.conversation_logs,
            landing.outcome_logs,
            landing.label_logs,
            conversations.conversations,
            conversations.rejected_lines,
            conversations.heuristic_flags,
            conversations.judge_verdicts,
            conversations.judge_flags,
            outcomes.outcome_events,
            outcomes.outcomes,
            outcomes.labeled_conversations,
            cells.stat_cells,
            evidence.human_labels,
            evidence.judge_calibration,
            evidence.metric_lift,
            evidence.segment_lift,
            evidence.composite_lift,
            epochs.judge_bridge,
            epochs.flag_trends,
            releases.release_comparison,
            releases.outcome_effects,
            releases.engagement_effects,
            drift.drift,
            failures.failure_modes,
            tiers.quality_tiers,
            tiers.tier_lift,
            training.training_splits,
            training.training_pool,
            training.training_texts,
            training.evaluation_texts,
            training.training_overlaps,
            training.pair_candidates,
            training.sft_examples,
            training.dpo_pairs,
            training.kto_examples,
            training.training_release,
            report.report,
        ],
        asset_checks=[*STAGE_CHECK_DEFINITIONS, no_failed_partitions],
        jobs=[
            jobs.land_drops,
            jobs.daily,
            jobs.outcome_day,
            jobs.evidence,
            jobs.broken_days,
            jobs.feedback_loop,
            jobs.release,
        ],
        sensors=[
            new_log_drops,
            new_outcome_drops,
            new_label_drops,
            finished_batches,
            carry_changed_days,
        ],
        schedules=[broken_days_hourly, evidence_hourly, feedback_loop_daily, release_weekly],
        resources={"warehouse": Warehouse(), "judge_watch": JudgeWatch()},
        executor=executor_from(os.environ),
    )
