-- One row per filter on the way to training rows: how many it left out, or how many were there.
with counts(place, step, n) as (
    select 0, 'conversations', count(*) from labeled_conversations
    union all
    select 1, 'in a training tier, or opposed to one', count(*) from training_pool
    union all
    select 2, 'left out: ' || dropped, count(*) from training_pool where dropped is not null group by all
    union all
    select 3, 'left out: ' || dropped, count(*) from training_texts where dropped is not null group by all
    union all
    select 4, 'left out: ' || dropped, count(*) from training_overlaps group by all
    union all
    select 5, 'pairs found: ' || rule, count(*) from pair_candidates group by all
    union all
    select 6, 'pairs left out: ' || dropped, count(*)
    from pair_candidates
    where dropped is not null
    group by all
    union all
    select 7, 'sft ' || split, count(*) from sft_examples group by all
    union all
    select 8, 'dpo ' || split, count(*) from dpo_pairs group by all
    union all
    select 9, 'kto ' || split, count(*) from kto_examples group by all
)
select step, n
from counts
order by place, step
