"""Columns that Python makes: which columns of other tables their values come from.

Only true statements: a column that is not named here has no declared source. Columns in brackets
(`<metric>`, `<outcome>`) are the rubric's. Not here: tables that SQL makes (traced.py).
"""

from __future__ import annotations

_SCOPED = "stat_cells.model stat_cells.surface"
_ARMS = f"stat_cells.<metric>__true stat_cells.<metric>__false {_SCOPED}"
_WEIGHTED = f"{_ARMS} stat_cells.judge_weight stat_cells.matured"
_FOLLOWED = f"{_WEIGHTED} stat_cells.event stat_cells.followup_day"
_PEOPLE = (
    "labeled_conversations.user_id labeled_conversations.conversation_id "
    "labeled_conversations.model labeled_conversations.surface "
    "labeled_conversations.judge_weight labeled_conversations.<metric> "
    "labeled_conversations.<outcome>"
)
_STRATIFIED = f"{_WEIGHTED} stat_cells.event stat_cells.stratum"
_LABELS = (
    "judge_flags.flag human_labels.label label_plan.epoch label_plan.outcome "
    "labeled_conversations.<outcome>"
)
_PATTERNS = (
    "labeled_conversations.user_id labeled_conversations.conversation_id "
    "labeled_conversations.<metric> labeled_conversations.<outcome> metric_lift.leaks"
)
_CONTEXT = f"{_PATTERNS} labeled_conversations.<stratum>"
_RELEASES = (
    "labeled_conversations.model labeled_conversations.day labeled_conversations.task_id "
    "labeled_conversations.judge_weight labeled_conversations.<metric> "
    "labeled_conversations.<outcome>"
)
_RELEASED = (
    f"{_RELEASES} labeled_conversations.user_id labeled_conversations.conversation_id "
    "labeled_conversations.<stratum>"
)
_EPOCHS = "judge_flags.flag judge_flags.epoch judge_samples.weight"
_PAIRS = "judge_verdicts.flag judge_verdicts.epoch judge_bridge_samples.content_hash"
_DRIFT = (
    "labeled_conversations.<metric> labeled_conversations.<outcome> judge_flags.flag "
    "human_labels.label"
)
_TIERS = "quality_tiers.tier quality_tiers.reason quality_tiers.rule quality_tiers.day"
_TIERED = f"{_TIERS} labeled_conversations.<outcome>"
_BY_USER = f"{_TIERED} labeled_conversations.user_id labeled_conversations.conversation_id"
_TEXTS = "conversations.messages conversations.context conversations.final_output"
_RECORDED = "label_logs.value label_logs.annotator_kind"

# table: {its columns: columns they come from}
BY_HAND: dict[str, dict[str, str]] = {
    # by an `exists`
    "duplicate_lines": {
        "relation": (
            "conversation_logs.holds conversation_logs.position conversation_logs.messages "
            "conversation_logs.context conversation_logs.final_output"
        ),
    },
    # core/heuristics over the view conversation_texts; `day` is the partition's
    "heuristic_flags": {
        "conversation_id": "conversation_texts.conversation_id",
        "flag reason evidence": (
            f"{_TEXTS} conversations.entry_point conversations.attributes"
        ),
    },
    # asked (reads/texts_to_judge.sql) or imported (reads/recorded_verdicts.sql)
    "judge_verdicts": {
        "content_hash": "conversations.content_hash",
        "conversation_id": "conversations.conversation_id",
        "day": "conversations.day",
        "flag reason": f"{_TEXTS} {_RECORDED}",
        "confidence": f"{_TEXTS} {_RECORDED} label_logs.confidence",
        "message_index": f"{_TEXTS} {_RECORDED} label_logs.turn",
        "quote quote_match cut_characters": _TEXTS,
    },
    "judge_skipped": {
        "conversation_id": "conversations.conversation_id",
        "day": "conversations.day",
        "content_hash": "conversations.content_hash",
    },
    # reads/calibration_cells.sql, core/calibration
    "judge_calibration": {
        "metric": "judge_flags.metric",
        "n true_positive false_positive false_negative true_negative": (
            "judge_flags.flag human_labels.label label_plan.epoch label_plan.outcome"
        ),
        "design": "label_plan.epoch label_plan.outcome",
        "sensitivity sensitivity_low sensitivity_high specificity specificity_low "
        "specificity_high kappa kappa_low kappa_high balanced_accuracy balanced_low "
        "balanced_high at_chance prevalence_corrected corrected_low corrected_high clipped "
        "correction_reason": _LABELS,
        "n_flagged prevalence_judged": "judge_flags.flag",
    },
    # reads/lift_cells.sql, reads/clustered_rows.sql, core/lift
    "metric_lift": {
        "outcome": "stat_cells.outcome",
        "scope": _SCOPED,
        "n": f"stat_cells.n {_SCOPED}",
        "n_matured": f"stat_cells.n stat_cells.matured {_SCOPED}",
        "n_scored n_true": _ARMS,
        "events_true events_false": f"{_ARMS} stat_cells.event",
        "weighted prevalence": _WEIGHTED,
        "rr_matured rr_matured_low rr_matured_high": (
            f"{_ARMS} stat_cells.event stat_cells.matured"
        ),
        "rate_true rate_false rd rd_low rd_high rr rr_low rr_high rr_method reason p mde_low "
        "mde_high": _FOLLOWED,
        "adjusted_rr": _STRATIFIED,
        "adjusted_low adjusted_high adjusted_p adjusted_reason n_users": f"{_STRATIFIED} {_PEOPLE}",
        "mh_rr mh_low mh_high heterogeneity_p": _STRATIFIED,
        "n_strata": f"{_WEIGHTED} stat_cells.stratum",
        "q measured_sign verdict e_value e_value_limit": (
            f"{_FOLLOWED} stat_cells.stratum {_PEOPLE}"
        ),
        "corrected_rr corrected_low corrected_high corrected_reason pooled_rr pooled_low "
        "pooled_high differential_p": _LABELS,
        "leaks": (
            "conversations.messages stat_cells.event stat_cells.<metric>__true "
            "stat_cells.<metric>__false"
        ),
        "exploratory first_visible_on": "lift_seen.seen_on lift_seen.definition_hash",
        "as_of": "known_up_to.as_of",
    },
    "lift_seen": {
        "metric": "metric_lift.metric",
        "outcome": "metric_lift.outcome",
        "seen_on": "metric_lift.first_visible_on",
        "as_of": "metric_lift.as_of",
    },
    # reads/flag_patterns.sql, core/segments
    "segment_lift": {
        "segment n events n_rest events_rest rate rate_low rate_high rr rr_low rr_high reason "
        "vs_all discovery_rate discovery_rr dropped headline_metric headline_rr headline_low "
        "headline_high headline_reason headline_overall_rr reversed reversals": _CONTEXT,
        "as_of": "known_up_to.as_of",
    },
    # reads/flag_patterns.sql, core/composite.py
    "composite_lift": {
        "n events score_auc score_low score_high score_top_rate score_bottom_rate best_metric "
        "best_sign best_auc best_low best_high best_rate_true best_rate_false difference "
        "difference_low difference_high reason": _PATTERNS,
        "flags": "metric_lift.leaks",
        "as_of": "known_up_to.as_of",
    },
    # reads/release_rows.sql, core/release_effect
    "release_comparison": {
        "release": "labeled_conversations.model",
        "first_day reference reference_is": "labeled_conversations.model labeled_conversations.day",
        "basis basis_reason n_common_tasks": (
            "labeled_conversations.model labeled_conversations.day labeled_conversations.task_id"
        ),
        "n events rate rate_low rate_high n_reference events_reference rate_reference": _RELEASES,
        (
            "rd rd_low rd_high n_adjusted n_strata n_users adjusted_rate adjusted_rate_reference "
            "adjusted_rd adjusted_low adjusted_high adjusted_rr adjusted_rr_low adjusted_rr_high "
            "sequential_low sequential_high p q verdict detectable n_paired_tasks paired_rd "
            "paired_low paired_high paired_p paired_method n_places worst_stratum worst_n worst_rd "
            "worst_low worst_high worst_p worst_q worst_verdict hides_regression reason"
        ): _RELEASED,
        "epoch_basis n_other_epochs": (
            "labeled_conversations.model labeled_conversations.<metric> flag_versions.version"
        ),
        (
            "bridged_rate bridged_rate_reference bridged_rd bridged_low bridged_high "
            "n_bridge_pairs bridge_reason"
        ): f"{_EPOCHS} {_PAIRS} conversations.model",
        "as_of": "known_up_to.as_of",
    },
    # reads/bridge_cells.sql, reads/weekly_flags.sql, core/judge/bridge
    "judge_bridge": {
        "from_epoch": "judge_flags.epoch judge_bridge_samples.from_epoch",
        "n_sampled": "judge_bridge_samples.from_epoch judge_bridge_samples.to_epoch",
        (
            "n_pairs n_unscored n_not_applicable n both_true only_old only_new both_false "
            "agreement kappa kappa_low kappa_high true_if_true true_if_true_low "
            "true_if_true_high true_if_false true_if_false_low true_if_false_high"
        ): _PAIRS,
        "n_old old_share old_low old_high": _EPOCHS,
        "bridged_share bridged_low bridged_high reason": f"{_EPOCHS} {_PAIRS}",
    },
    "flag_trends": {
        "metric": "judge_flags.metric heuristic_flags.metric",
        "week": "judge_flags.day heuristic_flags.day",
        "epoch": "flag_versions.version",
        "n n_true n_left_out share low high": (
            f"{_EPOCHS} heuristic_flags.flag flag_versions.version"
        ),
        "n_pairs": _PAIRS,
        "bridged_share bridged_low bridged_high": f"{_EPOCHS} {_PAIRS}",
        "reason": f"{_EPOCHS} {_PAIRS} flag_versions.version",
    },
    "judge_bridge_samples": {
        "from_epoch content_hash": "judge_verdicts.epoch judge_verdicts.content_hash",
        "conversation_id": "conversations.conversation_id",
        "day": "conversations.day",
    },
    "judge_epochs": {
        "epoch": "judge_verdicts.epoch",
        "first_day last_day": "judge_verdicts.day",
        "n_conversations": "judge_verdicts.content_hash",
    },
    # reads/release_rows.sql, core/release_effect/effects.py
    "outcome_effects": {
        "cause versus": "release_comparison.release release_comparison.reference",
        "n n_users rate rate_versus rd rd_low rd_high rr rr_low rr_high reason": (
            f"{_RELEASED} release_comparison.adjusted_rd release_comparison.adjusted_rr"
        ),
        "as_of": "release_comparison.as_of",
    },
    # reads/release_rows.sql, core/engagement
    "engagement_effects": {
        "n_users users_never never never_low never_high n n_true events_true events_false "
        "rate_true rate_false rr rr_low rr_high adjusted_for n_adjusted n_strata adjusted_rate "
        "adjusted_rate_without adjusted_rd adjusted_low adjusted_high adjusted_rr adjusted_rr_low "
        "adjusted_rr_high reason p q per_arm per_arm_half per_arm_offered segment": _RELEASED,
        "as_of": "known_up_to.as_of",
    },
    # reads/drift_*.sql, core/drift
    "drift": {
        "day": "labeled_conversations.day judge_flags.day",
        "version": "flag_versions.version judge_flags.epoch",
        "n positive value": _DRIFT,
        (
            "baseline baseline_low baseline_high baseline_from baseline_to recent recent_low "
            "recent_high recent_from e changed_on alarm alarm_since days_to_detect reason"
        ): (
            f"{_DRIFT} labeled_conversations.judge_weight labeled_conversations.user_id "
            "flag_versions.version judge_flags.epoch"
        ),
        "as_of": "known_up_to.as_of",
    },
    # reads/failure_*.sql, core/failure_modes
    "failure_modes": {
        "failure_id kind part feature state n events n_without events_without n_users "
        "n_unexplained n_explained rate rate_low rate_high rate_without rd rd_low rd_high rr "
        "rr_low rr_high reason p q share_unexplained share_explained separation_rr separation_low "
        "separation_high separation_reason separation_p q_both n_tried sampled metric_id "
        "proposal": (
            f"{_TEXTS} labeled_conversations.<metric> labeled_conversations.<outcome> "
            "labeled_conversations.<stratum> labeled_conversations.user_id "
            "metric_lift.measured_sign metric_lift.prevalence metric_lift.leaks"
        ),
        "as_of": "known_up_to.as_of",
    },
    "failure_examples": {
        "failure_id": "failure_modes.failure_id",
        "conversation_id": "labeled_conversations.conversation_id",
    },
    # reads/tier_counts.sql, reads/tier_users.sql, core/tier_lift
    "tier_lift": {
        "first_day last_day": "quality_tiers.day quality_tiers.rule",
        "n": _TIERS,
        "n_matured events rate n_reference events_reference rate_reference reference": _TIERED,
        "rr rr_low rr_high p design_effect state unlocked": _BY_USER,
        "as_of": "known_up_to.as_of",
    },
    # reads/pool_conversations.sql, core/training/texts.py
    "training_texts": {
        "conversation_id": "training_pool.conversation_id",
        "day": "training_pool.day",
        "dropped prompt answer answer_index n_answer_words draft_prompt draft draft_index "
        "n_draft_words pair_rule unpaired": _TEXTS,
        "shared_prompt leaks": f"{_TEXTS} training_pool.contrast",
        "names": "conversations.context",
        "scrubbed": f"{_TEXTS} training_pool.contrast",
    },
    # reads/pairs_found.sql, core/training/pairs.py
    "pair_candidates": {
        "conversation_id rejected_id": "training_pool.conversation_id",
        "day": "training_pool.day",
        "split": "training_pool.split",
        "rule": "training_texts.pair_rule training_pool.contrast",
        "margin": "labeled_conversations.<metric> metric_lift.adjusted_rr",
        "n_chosen_words": "training_texts.n_answer_words",
        "n_rejected_words": "training_texts.n_draft_words training_texts.n_answer_words",
        "dropped": (
            "labeled_conversations.<outcome> labeled_conversations.<metric> "
            "metric_lift.adjusted_rr training_texts.pair_rule training_texts.n_answer_words "
            "training_texts.n_draft_words training_texts.answer training_texts.names"
        ),
    },
}  # fmt: skip
