-- One row: copies that were found, and those that cannot be; evaluation texts that find nothing.
with judged as (
    select
        conversation_id,
        similarity,
        conversation_id not in (
            select conversation_id from training_texts where dropped is null
        ) as is_other,
        other = conversation_id as is_of_itself,
        dropped <> 'contaminated' and other not in (select conversation_id from training_texts)
            as is_of_unknown
    from training_overlaps
),
files as (
    select source
    from evaluation_texts
    group by source
    having min(item) <> 1 or max(item) <> count(*)
),
silent as (
    select source || '#' || item as name from evaluation_texts where trim(text) = ''
)
select
    'all' as scope,
    count(*) as n_rows,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(is_of_itself) as n_of_itself,
    min(conversation_id, 5) filter (is_of_itself) as n_of_itself__ids,
    count_if(is_of_unknown) as n_of_unknown,
    min(conversation_id, 5) filter (is_of_unknown) as n_of_unknown__ids,
    count_if(similarity not between 0 and 1) as n_impossible,
    min(conversation_id, 5) filter (similarity not between 0 and 1) as n_impossible__ids,
    (select count(*) from silent) as n_empty,
    (select min(name, 5) from silent) as n_empty__ids,
    (select count(*) from files) as n_misnumbered,
    (select min(source, 5) from files) as n_misnumbered__ids
from judged
