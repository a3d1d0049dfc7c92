-- One row per judged metric and older epoch: whether its figures can be.
select
    metric || ' / ' || from_epoch as metric,
    (
        n_pairs <> n + n_not_applicable + n_unscored
        or n <> both_true + only_old + only_new + both_false
        or n_pairs > n_sampled
    )::integer as n_not_nested,
    (not (
        coalesce(agreement between 0 and 1, true)
        and coalesce(kappa between -1 and 1, true)
        and coalesce(true_if_true between 0 and 1, true)
        and coalesce(true_if_false between 0 and 1, true)
        and coalesce(bridged_share between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(true_if_true between true_if_true_low - 1e-9 and true_if_true_high + 1e-9, true)
        and coalesce(true_if_false between true_if_false_low - 1e-9 and true_if_false_high + 1e-9, true)
        and coalesce(old_share between old_low - 1e-9 and old_high + 1e-9, true)
        and coalesce(bridged_share between bridged_low - 1e-9 and bridged_high + 1e-9, true)
    ))::integer as n_outside_interval,
    ((bridged_share is null) <> (reason is not null))::integer as n_without_reason
from judge_bridge
