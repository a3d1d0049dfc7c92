-- One row per (kind, metric, first day of a series): the variance of the difference of two fortnights, by
-- user, over what it would be were a user of one day another than that of the next.
with answers as (
    {{ answers }}
),
windows(kind, metric, first, middle, past) as (values {{ windows }}),
watched as (
    select
        kind,
        metric,
        first,
        day,
        if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as user_key,
        if(day < middle, -1, 1) as side,
        flag,
        event,
        weight,
        sum(weight) over whole as n,
        sum(weight * flag::integer) over whole as positive,
        sum(weight) over arm as n_arm,
        sum(weight * event::integer) over arm as events_arm
    from answers
    join windows using (metric)
    where day >= first and day < past and (kind = 'prevalence' or event is not null)
    window
        whole as (partition by kind, metric, first),
        arm as (partition by kind, metric, first, flag)
),
moved as (  -- what a conversation moves the share, or the log relative risk, by
    select
        * exclude (n, positive, n_arm, events_arm),
        case
            when kind = 'prevalence' then weight * (flag::integer - positive / n)
            when events_arm > 0
                then if(flag, 1, -1) * weight * (event::integer / events_arm - 1 / n_arm)
        end as influence
    from watched
),
by_day as (
    select kind, metric, first, user_key, day, side, sum(influence) as influence
    from moved
    group by all
),
by_user as (
    select
        kind, metric, first, sum(side * influence) ^ 2 as whole, sum(influence ^ 2) as apart
    from by_day
    group by kind, metric, first, user_key
)
select kind, metric, first, if(sum(apart) > 0, sum(whole) / sum(apart), null) as ratio
from by_user
group by kind, metric, first
order by kind, metric, first
