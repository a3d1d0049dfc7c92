-- One row per judged metric with labels: whether its figures can be.
select
    metric,
    (n <> true_positive + false_positive + false_negative + true_negative)::integer as n_not_nested,
    (
        not coalesce(sensitivity between 0 and 1, true)
        or not coalesce(specificity between 0 and 1, true)
        or not coalesce(kappa between -1 and 1, true)
        or not coalesce(balanced_accuracy between 0 and 1, true)
        or not coalesce(prevalence_judged between 0 and 1, true)
        or not coalesce(prevalence_corrected between 0 and 1, true)
    )::integer as n_outside_range,
    (
        not coalesce(sensitivity between sensitivity_low - 1e-9 and sensitivity_high + 1e-9, true)
        or not coalesce(specificity between specificity_low - 1e-9 and specificity_high + 1e-9, true)
        or not coalesce(kappa between kappa_low - 1e-9 and kappa_high + 1e-9, true)
    )::integer as n_outside_interval,
    (prevalence_corrected is null and correction_reason is null)::integer as n_without_reason
from judge_calibration
