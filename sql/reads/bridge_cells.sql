-- One row per (older epoch, product release, metric, old answer, new answer): how many conversations
-- of the bridges to an epoch have them, both answers taken as this rubric makes flags of them (`version`).
with answers as (
    select
        content_hash,
        epoch,
        metric,
        -- as judge_flags: by the rubric's choice, a positive without its quote is no answer
        if(quote_match = 'unverified' and {{ unverified_is_unscored }}, 'unscored', flag) as flag
    from judge_verdicts
)
select
    drawn.from_epoch,
    drawn.from_epoch || {{ mark }} as version,
    coalesce(conversations.model, 'unknown') as release,
    older.metric,
    older.flag as old_flag,
    newer.flag as new_flag,
    count(*) as n
from judge_bridge_samples as drawn
join answers as older on older.content_hash = drawn.content_hash and older.epoch = drawn.from_epoch
join answers as newer
    on newer.content_hash = drawn.content_hash
    and newer.epoch = drawn.to_epoch
    and newer.metric = older.metric
left join conversations on conversations.conversation_id = drawn.conversation_id
where drawn.to_epoch = {{ to_epoch }}
group by all
order by all
