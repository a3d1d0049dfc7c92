-- One row per judged metric with human labels: how far the current epoch agrees with people, against
-- chance, and what that makes of the share it flags.
create table if not exists judge_calibration (
    metric               varchar primary key,
    epoch                varchar not null,
    n                    bigint  not null,   -- conversations with a scored flag and a human label
    true_positive        bigint  not null,   -- both say yes; labels as they are, not weighted
    false_positive       bigint  not null,   -- the judge says yes, people no
    false_negative       bigint  not null,   -- the judge says no, people yes
    true_negative        bigint  not null,   -- both say no
    design               varchar,            -- random, or stratified: labels were drawn by a plan,
                                             -- figures are weighted back to all flagged ones
    sensitivity          double,             -- share of what people call true that the judge finds
    sensitivity_low      double,
    sensitivity_high     double,
    specificity          double,             -- share of what people call false that the judge leaves
    specificity_low      double,
    specificity_high     double,
    kappa                double,             -- Cohen's, against people
    kappa_low            double,
    kappa_high           double,
    balanced_accuracy    double,             -- mean of sensitivity and specificity
    balanced_low         double,
    balanced_high        double,
    at_chance            boolean,            -- the interval of balanced accuracy holds 0.5
    n_flagged            bigint,             -- conversations the judge answered
    prevalence_judged    double,             -- share of them that it calls true
    prevalence_corrected double,             -- share that people would call true
    corrected_low        double,
    corrected_high       double,
    clipped              boolean,            -- the correction left [0, 1] and was cut
    correction_reason    varchar             -- why it is refused
);
