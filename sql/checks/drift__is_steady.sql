-- One row per metric of one kind of alarm: whether an alarm stands on its newest day, since when, what it
-- was before and is now, and how long a change worth knowing takes to be found. A series that has no data
-- of the table's last days has ended and so has its alarm; those of a relation are days with known outcomes.
with of_check(check_name, kind) as (
    values
        ('prevalence_is_steady', 'prevalence'),
        ('judge_agrees_as_before', 'agreement'),
        ('relation_is_steady', 'relation')
),
newest as (
    select
        drift.* exclude (alarm),
        if(kind = 'relation', max(day) over (partition by alarm_kind), last_day) - day
            > {{ ended_after }} as is_ended,
        alarm and not is_ended as alarm
    from drift
    cross join (select max(day) as last_day from drift)
    join of_check on alarm_kind = kind and check_name = '{{ check }}'
    qualify row_number() over (partition by metric order by day desc) = 1
)
select
    if(
        alarm,
        coalesce(format(
            '{} since {}: {:.3f} ({:.3f} to {:.3f}) before, {:.3f} ({:.3f} to {:.3f}) now; {}',
            metric, alarm_since, baseline, baseline_low, baseline_high,
            recent, recent_low, recent_high,
            if(
                days_to_detect is null,
                format('{:.2f} {} takes over a year', change, if(kind_is_ratio, 'times', 'more')),
                format(
                    '{:.2f} {} is found in {} days', change, if(kind_is_ratio, 'times', 'more'),
                    days_to_detect
                )
            )
        ), format('{} since {}', metric, alarm_since)),
        if(is_ended, format('{} ended on {}', metric, day), metric)
    ) as series,
    alarm::integer as n_alarms
from (select *, alarm_kind = 'relation' as kind_is_ratio from newest)
