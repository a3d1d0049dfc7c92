-- One row per judged metric with human labels: how often the current epoch agrees with people.
create table if not exists judge_calibration (
    metric           varchar primary key,
    epoch            varchar not null,
    n                bigint  not null,   -- conversations with a scored flag and a human label
    true_positive    bigint  not null,
    false_positive   bigint  not null,
    false_negative   bigint  not null,
    true_negative    bigint  not null,
    sensitivity      double,
    sensitivity_low  double,
    sensitivity_high double,
    specificity      double,
    specificity_low  double,
    specificity_high double,
    kappa            double
);
