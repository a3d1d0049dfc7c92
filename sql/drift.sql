-- One row per (alarm kind, metric, day): whether a flag is as frequent as it was, the judge agrees with
-- people as before, the flag goes along with the primary outcome as before. Evidence holds however often
-- it is looked at; `reason` says why there is none yet.
create table if not exists drift (
    alarm_kind     varchar not null    -- share of the flag; share of labels the judge agrees with;
                                       -- relative risk of the primary outcome with the flag
        check (alarm_kind in ('prevalence', 'agreement', 'relation')),
    metric         varchar not null,   -- metric of the rubric
    day            date    not null,   -- of the conversations
    version        varchar not null,   -- as in flag_versions, judge epoch or definition: no series crosses it
    n              bigint  not null,   -- answers of the day; labels; conversations with a known outcome
    positive       bigint  not null,   -- those that are true; that agree; with the outcome
    value          double,             -- positive / n, not weighted; null without answers, and of relations
    baseline       double,             -- share or relative risk of the first days, weighted
    baseline_low   double,             -- 95 %, for one look, with what days differ by
    baseline_high  double,             -- the same
    baseline_from  date,               -- first day of the baseline
    baseline_to    date,               -- last day
    recent         double,             -- the same figure of the last days
    recent_low     double,             -- 95 %, for one look: the alarm is on e, not on this
    recent_high    double,             -- the same
    recent_from    date,               -- first of the last days: 7 of prevalence, 28 of the others
    e              double,             -- evidence for a change: mean at most 1 within 91 days without one
    changed_on     date,               -- start of the week from which a change would fit best
    alarm          boolean not null,   -- stands until the days since are a baseline of their own
    alarm_since    date,               -- its first day
    change         double  not null,   -- smallest change worth knowing: points, or ratio of relative risks
    days_to_detect bigint,             -- days in which that change is found with 80 % power; null: over a year
    reason         varchar             -- why there is no evidence
        check (reason in ('baseline_not_full', 'new_epoch', 'too_few_labels', 'too_few_events')),
    as_of          timestamp,          -- time up to which outcomes were known
    primary key (alarm_kind, metric, day)
);
