-- One row per outcome: whether the figures of its composite score can be.
select
    outcome,
    (events > n)::integer as n_not_nested,
    (
        not coalesce(score_auc between 0 and 1, true)
        or not coalesce(best_auc between 0 and 1, true)
        or not coalesce(difference between -1 and 1, true)
        or not coalesce(score_top_rate between 0 and 1, true)
        or not coalesce(score_bottom_rate between 0 and 1, true)
    )::integer as n_outside_range,
    (
        not coalesce(score_auc between score_low - 1e-9 and score_high + 1e-9, true)
        or not coalesce(best_auc between best_low - 1e-9 and best_high + 1e-9, true)
        or not coalesce(difference between difference_low - 1e-9 and difference_high + 1e-9, true)
    )::integer as n_outside_interval,
    ((score_auc is null or difference_low is null) and reason is null)::integer as n_without_reason
from composite_lift
