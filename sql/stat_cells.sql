-- One row per (day, outcome, stratum, follow-up): how many conversations, and how many of them have each
-- flag and how many do not. Counts add up over days, so a new day costs only itself; every lift is made
-- of them. The rubric adds two columns per metric: "<metric>__true" and "<metric>__false".
create table if not exists stat_cells (
    day          date      not null,
    outcome      varchar   not null,
    model        varchar   not null,    -- release and surface are the scopes of a lift
    surface      varchar   not null,
    stratum      varchar[] not null,    -- what lifts are adjusted for; `-` where it is not known
    stratum_of   varchar[] not null,    -- names of the strata and metrics behind `stratum`, in order
    judge_weight double    not null,    -- conversations each stands for in the judged sample
    matured      boolean   not null,    -- the horizon has passed
    event        boolean   not null,    -- the outcome came while it was observed
    followup_day integer   not null,    -- of the event; else whole days observed without one
    n            bigint    not null,
    check (followup_day >= 0)
);

insert into stat_cells by name
with followed as (  -- per outcome kind: the day of its event and how long it was waited for
    {{ followed }}
),
counted as (
    select
        day,
        outcome,
        coalesce(model, 'unknown') as model,
        coalesce(surface, 'unknown') as surface,
        judge_weight,
        matured,
        coalesce(event_day < seen_days, false) as event,
        if(event, event_day, seen_days) as followup_day,
        {{ strata }},
        count(*) as n,
        {{ sums }}
    from followed
    where day >= $start and day < $end
        and seen_days > 0               -- of the others nothing is known yet
    group by all
)
select
    * exclude ({{ stratum_columns }}),
    [{{ stratum_columns }}]::varchar[] as stratum,
    {{ stratum_of }} as stratum_of
from counted;
