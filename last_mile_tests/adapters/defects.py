"""For every check between the stages: SQL that breaks sound.py's warehouse, and what it has to say.

Not here: the test that holds checks to it (test_stage_checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Defect(NamedTuple):
    """What is broken, and the names of what is broken by each expectation in words."""

    sql: str
    broken: Mapping[str, list[str]]


def _landing(table: str, kind: str, file: str) -> Defect:
    """A landed line is gone, the count of accepted ones is wrong, a row stands twice elsewhere."""
    return Defect(
        f"""delete from {table} where line <= 2;
        update log_files set accepted = accepted + 1 where kind = '{kind}';
        insert into {table} by name
        select 'ghost' as file, 1 as line, 0 as part from unnest([1, 2]) as twice(n)""",
        {
            "lines_read = lines_landed": sorted([file, "ghost"]),
            "records_read = records_landed": sorted([file, "ghost"]),
            "records_read = places_landed": sorted([file, "ghost"]),
            "records_read = records_sorted": [file],
        },
    )


def _figures(table: str, sql: str, rows: Mapping[str, str]) -> Defect:
    """Four rows of a table of evidence, each with its own fault."""
    words = {
        "nested": "no rows whose counts do not nest", "range": "no rates outside of 0 to 1",
        "interval": "no estimates outside of their interval",
        "reason": "no missing figures without a reason",
    }  # fmt: skip
    return Defect(sql.format(table=table), {words[key]: [row] for key, row in rows.items()})


def _alarm(kind: str, what: str, power: str) -> Defect:
    """An alarm on a metric's newest day; one of a day before has been answered."""
    told = "m1 since 2026-03-01: 0.400 (0.300 to 0.500) before, 0.600 (0.500 to 0.700) now"
    return Defect(
        f"""update drift set alarm = true, alarm_since = '2026-03-01'
        where alarm_kind = '{kind}' and metric = 'm1';
        insert into drift select * replace (true as alarm, date '2026-01-05' as day, 'm9' as metric)
        from drift where alarm_kind = '{kind}' and metric = 'm1';
        insert into drift select * replace (false as alarm, date '2026-01-06' as day)
        from drift where metric = 'm9'""",
        {f"no {what}": [f"{told}; {power}"]},
    )


DEFECTS: dict[str, Defect] = {
    "conversation_logs.lines_reconcile": _landing(
        "conversation_logs", "conversations", "conversations.jsonl"
    ),
    "outcome_logs.lines_reconcile": _landing("outcome_logs", "outcomes", "outcomes.csv"),
    "label_logs.lines_reconcile": _landing("label_logs", "labels", "labels.csv"),
    "conversations.lines_reconcile": Defect(
        "insert into duplicate_lines by name select file, line, part from conversation_logs",
        {"records_in = records_accounted_for": ["conversations.jsonl"]},
    ),
    "rejected_lines.complete": Defect(
        """update rejected_lines set file = 'ghost'""",
        {"lines_refused = lines_kept": ["conversations.jsonl", "ghost"]},
    ),
    "conversations.rows_are_whole": Defect(
        """insert into conversations from conversations where conversation_id = 'c1';
        update conversations set content_hash = '' where conversation_id = 'c2';
        update conversations set messages = [] where conversation_id = 'c3';
        update conversations set sources = [] where conversation_id = 'c4';
        update conversations set started_at = '2026-01-06' where conversation_id = 'c5'""",
        {
            "no conversation ids that stand twice": ["c1"],
            "no conversations without an id or a content hash": ["c2"],
            "no conversations without messages": ["c3"],
            "no conversations made of no landed line": ["c4"],
            "no conversations that started on another day": ["c5"],
        },
    ),
    "heuristic_flags.complete": Defect(
        """update heuristic_flags set conversation_id = 'ghost' where conversation_id = 'c1';
        update heuristic_flags set reason = '' where conversation_id = 'c2';
        update heuristic_flags set definition_hash = 'old' where conversation_id = 'c3'""",
        {
            "no conversations without a flag": ["c1"],
            "no flags of other conversations or metrics": ["ghost"],
            "no flags without a reason": ["c2"],
            "no flags of another wording of the metric": ["c3"],
        },
    ),
    "judge_verdicts.answers_in_range": Defect(
        """update judge_verdicts set confidence = -.1
        where metric = 'robotic' and conversation_id = 'c1';
        update judge_verdicts set confidence = 1.1
        where metric = 'polite' and conversation_id = 'c2';
        update judge_verdicts set cost_usd = -1 where metric = 'polite';
        update judge_verdicts set quote_match = 'exact'
        where metric = 'robotic' and conversation_id = 'c3';
        update judge_verdicts set call_id = 'lost'
        where metric = 'polite' and conversation_id = 'c4'""",
        {
            "lowest_confidence lies in 0 to 1": ["robotic"],
            "highest_confidence lies in 0 to 1": ["polite"],
            "lowest_cost_usd ≥ 0": ["polite"],
            "no verified quotes without the message they stand in": ["robotic: c3"],
            "no answers whose call is not in the ledger": ["polite: c4"],
        },
    ),
    "judge_verdicts.one_model_answers": Defect(
        """insert into judge_calls by name
        select
            'call ' || i as call_id, 'r' as run, 'e' as epoch, 'm' || i // 2 as judge,
            'online' as mode, 'h' as content_hash, 'c1' as conversation_id,
            (select min(day) from conversations) + (30 * i)::integer as day, 0 as panel,
            1 as attempt, timestamp '2026-01-05' as sent_at, 0 as cut_characters,
            0 as reserved_nano, 'answered' as result, 0 as cost_nano,
            'm' || i // 2 || if(i = 1, '-new', '') as reported_model
        from range(4) as calls(i)""",
        {"no judges whose replies name several models": ["m0 of epoch e: m0, m0-new"]},
    ),
    "judge_flags.complete": Defect(
        """update judge_flags set conversation_id = 'ghost'
        where metric = 'robotic' and conversation_id = 'c1';
        update judge_flags set reason = '' where metric = 'polite' and conversation_id = 'c2';
        update judge_flags set definition_hash = 'old'
        where metric = 'polite' and conversation_id = 'c3';
        update judge_flags set epoch = 'e2' where metric = 'robotic' and conversation_id = 'c4'""",
        {
            "no conversations without a flag": ["robotic: c1"],
            "no flags of other conversations or metrics": ["robotic: ghost"],
            "no flags without a reason": ["polite: c2"],
            "no flags of another wording of the metric": ["polite: c3"],
            "n_epochs lies in 0 to 1": ["robotic"],
        },
    ),
    "outcome_events.events_add_up": Defect(
        """update outcome_events set source_file = 'ghost.csv', source_line = 9,
        arrived_at = occurred_at - interval 1 day""",
        {
            "no landed rows without their event": ["outcomes.csv:2"],
            "no events without their landed row": ["ghost.csv:9"],
            "no events that arrived before they occurred": ["ghost.csv:9"],
        },
    ),
    "outcomes.complete": Defect(
        """update outcomes set days_to_outcome = 99 where state = 'positive';
        update outcomes set conversation_id = 'ghost'
        where outcome = 'interviewed' and conversation_id = 'c2';
        update outcomes set event_day = 1 where outcome = 'interviewed' and conversation_id = 'c1';
        update conversations set user_id = 'u' where conversation_id in ('c3', 'c4');
        update outcomes set decided_by = 'task' where outcome = 'hired'""",
        {
            "no conversations without an outcome": ["interviewed: c2"],
            "no outcomes of other conversations or kinds": ["interviewed: ghost"],
            "no positives outside their horizon": ["hired: c1"],
            "no outcomes whose days contradict their state": ["interviewed: c1"],
            "no decisions for which two conversations count": ["hired: c3", "hired: c4"],
        },
    ),
    "labeled_conversations.complete": Defect(
        """update labeled_conversations set conversation_id = 'ghost' where conversation_id = 'c1';
        delete from judge_flags where metric = 'robotic' and conversation_id = 'c2';
        update labeled_conversations set judge_weight = .5 where conversation_id = 'c3';
        update labeled_conversations set polite = null where conversation_id = 'c4';
        update labeled_conversations set hired = false where conversation_id = 'c5'""",
        {
            "no conversations that are left out": ["c1"],
            "no rows of other conversations": ["ghost"],
            "no conversations without all metrics of the rubric": ["c2"],
            "no conversations that stand for less than themselves": ["c3"],
            "no conversations with other flags than were scored": ["c2", "c4", "ghost"],
            "no conversations with other outcomes than are known": ["c5"],
        },
    ),
    "labeled_conversations.flags_are_plausible": Defect(
        """insert into labeled_conversations by name
        select 'x' || i as conversation_id, date '2026-01-05' as day, true as own_draft,
            false as robotic, true as polite
        from range(120) as numbers(i);
        insert into labeled_conversations by name
        select 'y' || i as conversation_id, date '2026-01-20' as day, true as own_draft,
            i % 2 = 0 as robotic, i % 4 = 0 as polite
        from range(600) as numbers(i)""",
        # own_draft is always true around it, too; polite is false in c1 to c5 alone
        {
            "prevalence ≥ lowest": [
                "robotic: true in 0 of 125, in the two weeks around it in 300 of 600"
            ],
            "highest ≥ prevalence": [
                "polite: true in 120 of 125, in the two weeks around it in 150 of 600"
            ],
        },
    ),
    "stat_cells.add_up": Defect(
        """update stat_cells set n = n + 99 where outcome = 'hired';
        update stat_cells set matured = true, event = true, robotic__true = 99
        where outcome = 'interviewed'""",
        {
            "n_in_cells = n_waited_for": ["hired"],
            "positives_in_cells = positives": ["interviewed"],
            "no cells with more flags than conversations": ["interviewed"],
        },
    ),
    "quality_tiers.complete": Defect(
        """update quality_tiers set conversation_id = 'ghost' where conversation_id = 'c1';
        update quality_tiers set tier = 'strange' where conversation_id = 'c2';
        update quality_tiers set rule = null where conversation_id = 'c3'""",
        {
            "no conversations without a tier": ["c1"],
            "no tiers of other conversations": ["ghost"],
            "no tiers that are not in the rubric": ["c2"],
            "no tiers without the rule that chose them": ["c3"],
        },
    ),
    "human_labels.answers_add_up": Defect(
        "insert into human_labels values ('c1', 'charming', true, 0)",
        {
            "no labels of metrics that are not in the rubric": ["charming: c1"],
            "fewest_answers ≥ 1": ["charming"],
        },
    ),
    "judge_calibration.figures_are_possible": _figures(
        "judge_calibration",
        """update {table} set n = 11 where metric = 'robotic';
        update {table} set balanced_accuracy = 1.5 where metric = 'polite';
        update {table} set sensitivity = .99 where metric = 'm3';
        update {table} set correction_reason = null where metric = 'm4'""",
        {"nested": "robotic", "range": "polite", "interval": "m3", "reason": "m4"},
    ),
    "metric_lift.figures_are_possible": Defect(
        """update metric_lift set rate_true = 1.5 where metric = 'm1';
        update metric_lift set rate_false = -1 where metric = 'm2';
        update metric_lift set p = 2 where metric = 'm3';
        update metric_lift set q = 2 where metric = 'm4';
        update metric_lift set rr = 9 where metric = 'm5';
        update metric_lift set rr_low = null where metric = 'm6'""",
        {
            "rate_true lies in 0 to 1": ["m1 / hired / all"],
            "rate_false lies in 0 to 1": ["m2 / hired / all"],
            "p lies in 0 to 1": ["m3 / hired / all"],
            "q lies in 0 to 1": ["m4 / hired / all"],
            "no estimates outside of their interval": ["m5 / hired / all"],
            "no missing figures without a reason": ["m6 / hired / all"],
        },
    ),
    "metric_lift.no_orphans": Defect(
        """update quality_tiers set day = '2026-01-06' where conversation_id = 'c1';
        delete from conversations where conversation_id = 'c2'""",
        {
            "no rows whose conversation is gone, or on another day": [
                "labeled_conversations: c2 on 2026-01-05",
                "outcomes: c2 on 2026-01-05",
                "quality_tiers: c1 on 2026-01-06",
                "quality_tiers: c2 on 2026-01-05",
            ]
        },
    ),
    "segment_lift.figures_are_possible": _figures(
        "segment_lift",
        """update {table} set events = 99 where segment = 's1';
        update {table} set rate = 1.5, rate_high = 2 where segment = 's2';
        update {table} set rr = 99 where segment = 's3';
        update {table} set rr_low = null where segment = 's4'""",
        {
            "nested": "s1 / hired", "range": "s2 / hired", "interval": "s3 / hired",
            "reason": "s4 / hired",
        },
    ),
    "composite_lift.figures_are_possible": _figures(
        "composite_lift",
        """update {table} set events = 99 where outcome = 'o1';
        update {table} set score_auc = 1.5, score_high = 2 where outcome = 'o2';
        update {table} set difference = .9 where outcome = 'o3';
        update {table} set score_auc = null where outcome = 'o4'""",
        {"nested": "o1", "range": "o2", "interval": "o3", "reason": "o4"},
    ),
    "judge_bridge.figures_are_possible": _figures(
        "judge_bridge",
        """update {table} set n = 7 where metric = 'm1';
        update {table} set kappa = 1.5 where metric = 'm2';
        update {table} set bridged_share = .9 where metric = 'm3';
        update {table} set bridged_share = null where metric = 'm4'""",
        {"nested": "m1 / e0", "range": "m2 / e0", "interval": "m3 / e0", "reason": "m4 / e0"},
    ),
    "flag_trends.figures_are_possible": _figures(
        "flag_trends",
        """update {table} set n_true = 99 where metric = 'm1';
        update {table} set share = 1.5, high = 2 where metric = 'm2';
        update {table} set bridged_share = .9 where metric = 'm3';
        update {table} set bridged_share = null where metric = 'm4'""",
        {
            "nested": "m1 / 2026-01-05 / e0", "range": "m2 / 2026-01-05 / e0",
            "interval": "m3 / 2026-01-05 / e0", "reason": "m4 / 2026-01-05 / e0",
        },
    ),
    "release_comparison.figures_are_possible": _figures(
        "release_comparison",
        """update {table} set events = 99 where release = 'm1';
        update {table} set rate = 1.5, rate_high = 2 where release = 'm2';
        update {table} set adjusted_rd = .7 where release = 'm3';
        update {table} set sequential_low = null where release = 'm4'""",
        {
            "nested": "m1 / hired", "range": "m2 / hired", "interval": "m3 / hired",
            "reason": "m4 / hired",
        },
    ),
    "outcome_effects.figures_are_possible": _figures(
        "outcome_effects",
        """update {table} set rate = 1.5 where cause = 'e1';
        update {table} set rr = 9 where cause = 'e2';
        update {table} set rd_low = null where cause = 'e3'""",
        {"range": "hired / e1", "interval": "hired / e2", "reason": "hired / e3"},
    ),
    "engagement_effects.figures_are_possible": _figures(
        "engagement_effects",
        """update {table} set n_adjusted = 99 where segment = 's1';
        update {table} set p = 1.5 where segment = 's2';
        update {table} set rr = 99 where segment = 's3';
        update {table} set adjusted_low = null where segment = 's4'""",
        {
            "nested": "m / hired / s1", "range": "m / hired / s2", "interval": "m / hired / s3",
            "reason": "m / hired / s4",
        },
    ),
    "drift.figures_are_possible": _figures(
        "drift",
        """update {table} set positive = 99 where metric = 'm1' and alarm_kind = 'relation';
        update {table} set value = 1.5 where metric = 'm2';
        update {table} set baseline = .6 where metric = 'm3';
        update {table} set e = null where metric = 'm4'""",
        {
            "nested": "relation / m1", "range": "prevalence / m2", "interval": "prevalence / m3",
            "reason": "prevalence / m4",
        },
    ),
    "drift.prevalence_is_steady": _alarm(
        "prevalence", "flags whose share of conversations changed",
        "0.05 more is found in 17 days",
    ),
    "drift.judge_agrees_as_before": _alarm(
        "agreement", "judged metrics with another agreement than before",
        "0.05 more is found in 17 days",
    ),
    "drift.relation_is_steady": _alarm(
        "relation", "flags whose relative risk changed", "0.05 times is found in 17 days"
    ),
    "failure_modes.figures_are_possible": _figures(
        "failure_modes",
        """update {table} set n_users = 99 where failure_id = 'f1';
        update {table} set p = 1.5 where failure_id = 'f2';
        update {table} set rr = 99 where failure_id = 'f3';
        update {table} set rd_low = null where failure_id = 'f4'""",
        {"nested": "f1", "range": "f2", "interval": "f3", "reason": "f4"},
    ),
    "tier_lift.figures_are_possible": _figures(
        "tier_lift",
        """update {table} set events = 99 where tier = 'best';
        update {table} set p = 2 where tier = 'good';
        update {table} set rr = .5 where tier = 'fine'""",
        {"nested": "best, later", "range": "good, later", "interval": "fine, later"},
    ),
    "training_splits.disjoint": Defect(
        """update training_splits set conversation_id = 'ghost' where conversation_id = 'c1';
        update training_splits set user_key = 'u', task_key = 't'
        where conversation_id in ('c2', 'c3');
        update training_splits set split = 'test' where conversation_id = 'c2'""",
        {
            "no conversations without a split or a reason": ["c1"],
            "no splits of other conversations": ["ghost"],
            "no users in training and elsewhere": ["u"],
            "no tasks in training and elsewhere": ["t"],
        },
    ),
    "training_pool.filters_hold": Defect(
        """update training_pool set conversation_id = 'ghost' where conversation_id = 'c1';
        update training_pool set split = null where conversation_id = 'c2';
        update training_pool set rule = 'polite' where conversation_id = 'c3';
        insert into human_labels values ('c4', 'robotic', true, 1)""",
        {
            "no rows of unknown conversations": ["ghost"],
            "no kept rows without a split": ["c2"],
            "no kept rows of a locked tier": ["c3"],
            "no rows to train on that people labelled": ["c4"],
        },
    ),
    "training_texts.complete": Defect(
        "update training_texts set conversation_id = 'ghost' where conversation_id = 'c1'",
        {
            "no kept conversations without texts or a reason": ["c1"],
            "no texts of other conversations": ["ghost"],
        },
    ),
    "training_overlaps.copies_are_known": Defect(
        """update training_overlaps set other = 'c5', similarity = 1.5
        where conversation_id = 'c5';
        update training_overlaps set dropped = 'near_duplicate', similarity = -1
        where conversation_id = 'c4';
        insert into training_overlaps values ('ghost', '2026-01-05', 'contaminated', 'x#1', .7);
        update evaluation_texts set text = ' ', item = 3 where item = 2""",
        {
            "no copies without texts": ["ghost"],
            "no copies of themselves": ["c5"],
            "no copies of unknown conversations": ["c4"],
            "no copies whose likeness is not in 0 to 1": ["c4", "c5"],
            "no evaluation texts that say nothing": ["held_out#3"],
            "no evaluation files whose items are not numbered from 1": ["held_out"],
        },
    ),
    "pair_candidates.gates_hold": Defect(
        """update pair_candidates set n_chosen_words = 99, margin = 0
        where conversation_id = 'c3';
        insert into pair_candidates
        select pairs.* replace (new.chosen as conversation_id, new.rejected as rejected_id,
            9 as n_chosen_words, .4 as margin)
        from pair_candidates as pairs
        cross join (values ('c3', 'c1'), ('c1', 'c2'), ('ghost', 'c2')) as new(chosen, rejected)
        where conversation_id = 'c3'""",
        {
            "no pairs of conversations without texts": ["ghost"],
            "no kept pairs of unlike length": ["c3"],
            "no kept pairs without a margin": ["c3"],
            "most_loser_uses lies in 0 to 2": ["c2"],
            "most_winner_uses lies in 0 to 1": ["c3"],
        },
    ),
    "sft_examples.rows_are_trainable": Defect(
        """update sft_examples set prompt = '[]' where conversation_id = 'c1';
        update sft_examples set completion = '[]', row_id = 'r1' where conversation_id = 'c2';
        update sft_examples set split = 'test' where conversation_id = 'c3';
        insert into sft_examples select * replace ('c5' as conversation_id, 'r5' as row_id,
            'train' as split) from sft_examples where conversation_id = 'c3'""",
        {
            "no prompts that do not end with the user": ["c1"],
            "no answers that are not one message that says something": ["c2"],
            "no rows of conversations that a filter took out": ["c5"],
            "no rows of another split than their conversation": ["c3"],
            "no exported lines that stand twice": ["c1", "c2"],
        },
    ),
    "dpo_pairs.rows_are_trainable": Defect(
        """insert into dpo_pairs select * replace ('c1' as conversation_id, '[]' as prompt)
        from dpo_pairs;
        insert into dpo_pairs select * replace ('ghost' as conversation_id, rejected as chosen,
            'r4' as row_id) from dpo_pairs where conversation_id = 'c3';
        update dpo_pairs set rejected = '[]' where conversation_id = 'c1'""",
        {
            "no prompts that do not end with the user": ["c1"],
            "no answers that are not one message that says something": ["c1"],
            "no pairs of equal answers": ["ghost"],
            "no pairs that a gate refused": ["c1", "ghost"],
            "no rows of conversations that a filter took out": ["ghost"],
            "no exported lines that stand twice": ["c1", "c3"],
        },
    ),
    "kto_examples.rows_are_trainable": Defect(
        """insert into kto_examples select rows.* replace (new.id as conversation_id)
        from kto_examples as rows cross join unnest(['c2', 'c4', 'c5']) as new(id);
        update kto_examples set prompt = '[]', row_id = 'r2' where conversation_id = 'c2';
        update kto_examples set completion = '[]', row_id = 'r4' where conversation_id = 'c4';
        update kto_examples set split = 'test' where conversation_id = 'c1'""",
        {
            "no prompts that do not end with the user": ["c2"],
            "no answers that are not one message that says something": ["c4"],
            "no rows that are in a pair, too": ["c2"],
            "no rows of conversations that a filter took out": ["c4", "c5"],
            "no rows of another split than their conversation": ["c1"],
            "no exported lines that stand twice": ["c1", "c5"],
        },
    ),
    "metric_lift.outcomes_are_fresh": Defect(
        """update conversations set day = '2026-02-01' where conversation_id = 'c1'""",
        # outcomes are known up to 7 January; how far that is behind today goes with the clock
        {"days_behind ≤ 3": ["known up to 2026-01-07, 25 days behind the newest conversation of "]},
    ),
}  # fmt: skip
