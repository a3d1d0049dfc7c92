"""A tiny warehouse in which every check between the stages holds, all tables filled.

What a day is made of is built by the SQL of the pipeline; evidence and texts to train on are
literal rows. Not here: what is broken in it (defects.py).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.core.fragments import (
    cell_columns,
    cell_fragments,
    judge_fragments,
    label_fragments,
    outcome_fragments,
    wide_columns,
    wide_fragments,
)
from last_mile.core.heuristics import heuristic_flags
from last_mile.core.rubric import Rubric
from last_mile.core.training.fragments import split_fragments, tier_fragments
from last_mile_tests.scenario import DAY, conversation, label, landed, outcome, rubric, write_drop

SPAN = Days(DAY, date(2026, 1, 8))  # the conversations are of its first day, the hire of its last
VIEWS = {"conversation_texts", "flag_versions", "known_up_to", "replaced_events"}
_EPOCH = "e1"
_FIGURES = """
insert into judge_calibration by name
select
    metric, 'e1' as epoch, 10 as n, 4 as true_positive, 1 as false_positive, 1 as false_negative,
    4 as true_negative, .8 as sensitivity, .4 as sensitivity_low, .95 as sensitivity_high,
    'too_few' as correction_reason
from unnest(['robotic', 'polite', 'm3', 'm4']) as metrics(metric);
insert into metric_lift by name
select
    metric, 'hired' as outcome, 'all' as scope, 9 as n, 9 as n_matured, 9 as n_scored, 4 as n_true,
    2 as events_true, 2 as events_false, false as weighted, .5 as rate_true, .4 as rate_false,
    .6 as p, .7 as q, 1.2 as rr, .5 as rr_low, 3 as rr_high, 1.2 as adjusted_rr,
    .5 as adjusted_low, 3 as adjusted_high, false as exploratory, 10 as horizon_days, 'e1' as epoch
from unnest(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']) as metrics(metric);
insert into segment_lift by name
select
    segment, 'hired' as outcome, 9 as n, 3 as events, 9 as n_rest, 2 as events_rest, .33 as rate,
    .1 as rate_low, .7 as rate_high, 1.5 as rr, .4 as rr_low, 5 as rr_high
from unnest(['s1', 's2', 's3', 's4']) as segments(segment);
insert into composite_lift by name
select
    outcome, 9 as n, 3 as events, 2 as flags, .6 as score_auc, .5 as score_low, .7 as score_high,
    .1 as difference, 0 as difference_low, .2 as difference_high
from unnest(['o1', 'o2', 'o3', 'o4']) as outcomes(outcome);
insert into judge_bridge by name
select
    metric, 'e0' as from_epoch, 'e1' as to_epoch, 9 as n_sampled, 8 as n_pairs, 1 as n_unscored,
    1 as n_not_applicable, 6 as n, 2 as both_true, 1 as only_old, 1 as only_new, 2 as both_false,
    .67 as agreement, .3 as kappa, .67 as true_if_true, .2 as true_if_true_low,
    .9 as true_if_true_high, 9 as n_old, .4 as old_share, .2 as old_low, .7 as old_high,
    .4 as bridged_share, .1 as bridged_low, .8 as bridged_high
from unnest(['m1', 'm2', 'm3', 'm4']) as metrics(metric);
insert into flag_trends by name
select
    metric, 'judge' as kind, date '2026-01-05' as week, 'e0' as epoch, false as is_current, 9 as n,
    4 as n_true, 1 as n_left_out, .44 as share, .2 as low, .7 as high, 6 as n_pairs,
    .4 as bridged_share, .1 as bridged_low, .8 as bridged_high
from unnest(['m1', 'm2', 'm3', 'm4']) as metrics(metric);
insert into release_comparison by name
select
    release, 'hired' as measure, 'outcome' as kind, 1 as sign, date '2026-01-05' as first_day,
    'm0' as reference, 9 as n, 3 as events, .33 as rate, .1 as rate_low, .7 as rate_high,
    8 as n_reference, 2 as events_reference, .25 as rate_reference, 15 as n_adjusted,
    .1 as adjusted_rd, -.2 as adjusted_low, .4 as adjusted_high, -.4 as sequential_low,
    .6 as sequential_high, .5 as p, .5 as q, 'no_evidence' as verdict
from unnest(['m1', 'm2', 'm3', 'm4']) as releases(release);
insert into outcome_effects by name
select
    'hired' as outcome, 'engagement' as kind, cause, 9 as n, .4 as rate, .3 as rate_versus,
    .1 as rd, -.1 as rd_low, .3 as rd_high, 1.3 as rr, .7 as rr_low, 2.4 as rr_high
from unnest(['e1', 'e2', 'e3']) as causes(cause);
insert into engagement_effects by name
select
    'm' as metric, 'hired' as outcome, 'category' as segment_by, segment, 9 as n_users,
    6 as users_never, .67 as never, 9 as n, 4 as n_true, 2 as events_true, 1 as events_false,
    .5 as rate_true, .2 as rate_false, 2.5 as rr, .3 as rr_low, 19 as rr_high, 9 as n_adjusted,
    .3 as adjusted_rd, -.2 as adjusted_low, .8 as adjusted_high, .3 as p
from unnest(['s1', 's2', 's3', 's4']) as segments(segment);
insert into drift by name
select
    kind as alarm_kind, metric, date '2026-03-05' as day, 'e1' as version, 9 as n, 3 as positive,
    .3 as value, .4 as baseline, .3 as baseline_low, .5 as baseline_high, .6 as recent,
    .5 as recent_low, .7 as recent_high, .1 as e, false as alarm, .05 as change,
    17 as days_to_detect
from (values
    ('prevalence', 'm1'), ('prevalence', 'm2'), ('prevalence', 'm3'), ('prevalence', 'm4'),
    ('agreement', 'm1'), ('relation', 'm1')
) as series(kind, metric);
insert into failure_modes by name
select
    failure_id, 'term' as kind, 'user' as part, 'word' as feature, 'hired' as outcome,
    'not_confirmed' as state, 9 as n, 2 as events, 9 as n_without, 3 as events_without,
    8 as n_users, 7 as n_unexplained, 6 as n_explained, .22 as rate, .06 as rate_low,
    .55 as rate_high, .33 as rate_without, -.11 as rd, -.5 as rd_low, .3 as rd_high, .67 as rr,
    .1 as rr_low, 3 as rr_high, .5 as p, .5 as q, 4 as n_tried, 1 as sampled
from unnest(['f1', 'f2', 'f3', 'f4']) as failures(failure_id);
insert into tier_lift by name
select
    tier, '' as reason, rule, 'desirable' as train, 'later' as period, 9 as n, 9 as n_matured,
    3 as events, .33 as rate, 9 as n_reference, 1 as events_reference, 'ordinary' as reference,
    3 as rr, 1.1 as rr_low, .95 as level, 'holds' as state, true as unlocked, 'hired' as outcome,
    10 as horizon_days
from (values ('best', 'own_draft'), ('good', 'polite'), ('fine', 'polite')) as tiers(tier, rule);
"""
_TEXTS = """
insert into training_pool by name
select
    'c' || i as conversation_id, date '2026-01-05' as day, 'train' as split, 'u' || i as user_key,
    't' || i as task_key, 'best' as tier, 'own_draft' as rule, true as label, '[]' as strata
from range(1, 6) as numbers(i);
insert into training_texts by name
select
    'c' || i as conversation_id, date '2026-01-05' as day,
    '[{"role": "user", "content": "Please."}]' as prompt,
    '[{"role": "assistant", "content": "Yes."}]' as answer
from range(1, 6) as numbers(i);
insert into evaluation_texts values ('held_out', 1, 'one'), ('held_out', 2, 'two');
insert into training_overlaps values
    ('c5', date '2026-01-05', 'exact_duplicate', 'c1', 1),
    ('c4', date '2026-01-05', 'contaminated', 'held_out#1', .8);
insert into pair_candidates values
    ('c3', 'c2', date '2026-01-05', 'train', 'judge_contrast', .4, 9, 9, null),
    ('c2', 'c2', date '2026-01-05', 'train', 'edit_over_answer', null, 9, 1, 'length_ratio');
insert into sft_examples by name
select
    'c' || i as conversation_id, 'r' || i as row_id, date '2026-01-05' as day, 'train' as split,
    'best' as tier, 'own_draft' as rule, '[{"role": "user", "content": "Please."}]' as prompt,
    '[{"role": "assistant", "content": "Yes."}]' as completion
from range(1, 4) as numbers(i);
insert into dpo_pairs by name
select
    'c3' as conversation_id, 'c2' as rejected_id, 'r3' as row_id, date '2026-01-05' as day,
    'train' as split, 'best' as tier, 'judge_contrast' as rule, .4 as margin,
    '[{"role": "user", "content": "Please."}]' as prompt,
    '[{"role": "assistant", "content": "Yes."}]' as chosen,
    '[{"role": "assistant", "content": "No."}]' as rejected;
insert into kto_examples by name
select * exclude (reason), true as label from sft_examples where conversation_id = 'c1';
"""
_SIMPLER = """
update training_splits set split = 'train', reason = null;
delete from human_labels;
insert into human_labels values ('elsewhere', 'robotic', true, 1);
"""


def sound_warehouse(folder: Path) -> Warehouse:
    """The warehouse, its tables without constraints, each with a copy `sound_<table>`."""
    asked = rubric()
    lines = [conversation(f"c{i}", entry_point="own_draft", task_id="job") for i in range(1, 6)]
    drops = write_drop(folder / "drops", lines, [outcome("c1")], [label("c1")])
    with (drops / "conversations.jsonl").open("ab") as file:
        file.write(b"{no JSON\n")
    (folder / "rubric.yaml").write_text(
        json.dumps(asked.model_dump(mode="json", exclude_none=True))
    )
    Installation.at(folder / "home").save(
        Settings(str(drops), str(folder / "rubric.yaml"), judge="rules")
    )
    warehouse = landed(folder / "home", drops)
    _build_days(warehouse, asked)
    warehouse.build("human_labels", fragments=label_fragments(asked))
    warehouse.build("training_splits", fragments=split_fragments(asked))
    with opened(warehouse.installation.warehouse) as connection:
        connection.execute(_FIGURES + _TEXTS + _SIMPLER)
        for table in set(TABLES) - VIEWS:
            connection.execute(f"create table sound_{table} as from {table}")
            connection.execute(f"create or replace table {table} as from {table}")
    return warehouse


def _build_days(warehouse: Warehouse, asked: Rubric) -> None:
    for table in ("conversations", "duplicate_lines", "rejected_lines", "outcome_events"):
        warehouse.build(table, SPAN)
    hashes = {metric.id: metric.definition_hash for metric in asked.metrics}
    rules = [(metric.id, metric.rule or "", metric.params) for metric in asked.heuristics]
    flags = heuristic_flags(warehouse.read("conversation_texts", SPAN), rules).with_columns(
        pl.lit(DAY).alias("day"), pl.col("metric").replace_strict(hashes).alias("definition_hash")
    )
    warehouse.replace("heuristic_flags", flags, SPAN)
    answers = [
        {"content_hash": row["content_hash"], "epoch": _EPOCH, "metric": metric.id,
         "conversation_id": row["conversation_id"], "day": DAY, "judge": "m", "flag": "false",
         "reason": "judged", "confidence": 0.9}
        for row in warehouse.read("conversations").iter_rows(named=True)
        for metric in asked.judged
    ]  # fmt: skip
    warehouse.keep("judge_verdicts", pl.DataFrame(answers))
    warehouse.build("judge_flags", SPAN, judge_fragments(asked, _EPOCH))
    warehouse.build("outcomes", SPAN, outcome_fragments(asked))
    warehouse.build("labeled_conversations", SPAN, wide_fragments(asked), wide_columns(asked))
    warehouse.build("stat_cells", SPAN, cell_fragments(asked), cell_columns(asked))
    warehouse.build("quality_tiers", SPAN, tier_fragments(asked))
