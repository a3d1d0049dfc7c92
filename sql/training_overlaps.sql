-- One row per conversation whose training texts say again what a better-placed conversation or an
-- evaluation says: test comes before holdout, holdout before train, then the smaller id. The copy
-- of a conversation that is itself dropped is dropped too: rather too much than too little.
create table if not exists training_overlaps (
    conversation_id varchar primary key,
    day             date    not null,
    dropped         varchar not null
        check (dropped in ('exact_duplicate', 'near_duplicate', 'contaminated')),
    other           varchar not null,  -- the conversation kept; file#item; label set
    similarity      double  not null   -- Jaccard of 3-word shingles; share of the item's words
);

insert into training_overlaps by name
with placed as (
    select
        conversation_id, texts.day, split,
        row_number() over (
            order by array_position(['test', 'holdout', 'train'], split), conversation_id
        ) as place
    from training_texts as texts
    join training_pool using (conversation_id)
    where texts.dropped is null and split is not null
),

-- What is compared. An accepted answer or the draft of its pair is numbered by the place of its
-- conversation: of equals the smallest number is the best placed. "Yes." answers many questions: an
-- answer of a few words is a duplicate only where its prompt is the same, too.
documents as (
    select
        number,
        if(
            len(regexp_extract_all(
                said, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}_]+'
            )) < 8,
            md5(trim(regexp_replace(lower(asked || said), '[[:punct:]\s]+', ' ', 'g'))),
            said
        ) as text
    from (
        select
            2 * place + unnest([0, 1]) as number,
            unnest([prompt, draft_prompt]) as asked,
            unnest([answer, if(unpaired is null, draft, null)]) ->> '$[0].content' as said
        from placed
        join training_texts using (conversation_id)
    )
),
items as materialized (  -- of the label set only answers: job posts stand in many prompts
    select
        row_number() over (order by source, item, text) as number,
        source || coalesce('#' || item, '') as name,
        text
    from (
        select source, item, text from evaluation_texts
        union all
        select distinct 'label set', null,
            unnest([m.content for m in messages if m.role = 'assistant'] || [final_output])
        from conversations
        semi join human_labels using (conversation_id)
    )
),
spoken as (
    select
        place, unnest(texts) as text, 1000000 * place + generate_subscripts(texts, 1) as number
    from (
        select
            place,
            json_extract_string(prompt, '$[*].content')
            || json_extract_string(answer, '$[*].content')
            || if(unpaired is null, json_extract_string(draft, '$[*].content'), []) as texts
        from placed
        join training_texts using (conversation_id)
        where split = 'train' and exists (from items)
    )
),
messages as materialized (  -- a system prompt or job post of many conversations is read once
    select min(number) as number, list(distinct place) as places
    from spoken
    group by md5_number(text)
),
worded as not materialized (
    select kind, number, text, words, list_transform(words, lambda word: hash(word)) as hashes
    from (
        select
            kind, number, lower(nfc_normalize(said)) as text,
            regexp_extract_all(  -- of scripts without spaces every character is a word
                text, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}_]+'
            ) as words
        from (
            select 'document' as kind, number, text as said from documents
            union all
            select 'item', number, text from items
            union all
            select 'message', number, text from spoken semi join messages using (number)
        )
    )
),

-- Duplicates: MinHash with 16 bands of 4 finds pairs, the Jaccard of their shingles decides.
answers as materialized (
    select
        number as document, number // 2 as place, hashes,
        md5_number(coalesce(nullif(array_to_string(words, ' '), ''), trim(text))) as content
    from worded
    where kind = 'document' and text is not null
),
firsts as materialized (select content, min(document) as document from answers group by content),
exact as materialized (
    select place, min(firsts.document) // 2 as kept
    from answers
    join firsts using (content)
    where firsts.document // 2 < place
    group by place
),
buckets as materialized (
    select
        document,
        hash(
            band,
            min(hash(shingle, 4 * band)),  -- hash(shingle, k) is the k-th permutation
            min(hash(shingle, 4 * band + 1)),
            min(hash(shingle, 4 * band + 2)),
            min(hash(shingle, 4 * band + 3))
        ) as bucket
    from (
        select document, hash(a, b, c) as shingle
        from (
            select document, unnest(hashes) as a, unnest(hashes[2:]) as b, unnest(hashes[3:]) as c
            from answers
            semi join firsts using (document)
        )
        where c is not null
    )
    cross join range(16) as bands(band)
    group by document, band
),
queued as materialized (
    select *, row_number() over same_bucket as turn, first_value(document) over same_bucket as head
    from buckets
    semi join (select bucket from buckets group by bucket having count(*) > 1) using (bucket)
    window same_bucket as (partition by bucket order by document)
),
meetings as (  -- with the first of the bucket and the four before: never all with all
    select document, head as other from queued where turn > 5
    union all
    select later.document, earlier.document
    from (select document, bucket, turn - unnest(range(1, 5)) as turn from queued) as later
    join queued as earlier using (bucket, turn)
),
pairs as materialized (  -- with the four met in most buckets
    select document, other
    from meetings
    where document // 2 <> other // 2
    group by document, other
    qualify row_number() over (partition by document order by count(*) desc, other) <= 4
),
shingles as materialized (
    select document, list(distinct hash(a, b, c)) as held
    from (
        select document, unnest(hashes) as a, unnest(hashes[2:]) as b, unnest(hashes[3:]) as c
        from answers
        semi join (select document from pairs union select other from pairs) using (document)
    )
    where c is not null
    group by document
),
compared as materialized (
    select
        pairs.document // 2 as place, other // 2 as kept,
        len(mine.held) + len(theirs.held) as n,
        len(list_intersect(mine.held, theirs.held)) as n_both
    from pairs
    join shingles as mine using (document)
    join shingles as theirs on theirs.document = other
    where len(mine.held) between .6 * len(theirs.held) and len(theirs.held) / .6
),
near as (
    select place, kept, n_both / (n - n_both) as jaccard from compared where jaccard >= .6
),
duplicates as materialized (
    select place, 'exact_duplicate' as dropped, kept, 1.0 as similarity from exact
    union all
    select place, 'near_duplicate', min(kept), arg_min(jaccard, (kept, -jaccard))
    from near
    anti join exact using (place)
    group by place
),

-- Contamination: 8-word grams of evaluation items in the conversations of train that are left.
grams as not materialized (
    select kind, number, position, n_words, hash(a, b, c, d, e, f, g, h) as gram
    from (
        select
            kind, number, len(hashes) as n_words, generate_subscripts(hashes, 1) as position,
            unnest(hashes) as a, unnest(hashes[2:]) as b, unnest(hashes[3:]) as c,
            unnest(hashes[4:]) as d, unnest(hashes[5:]) as e, unnest(hashes[6:]) as f,
            unnest(hashes[7:]) as g, unnest(hashes[8:]) as h
        from worded
        where kind <> 'document'
    )
    where h is not null
),
item_grams as materialized (
    select number as item, position, n_words, gram from grams where kind = 'item'
),
heard as materialized (
    select distinct number, gram
    from grams
    semi join item_grams using (gram)
    where kind = 'message'
),
left_over as materialized (
    select distinct number, place
    from (select number, unnest(places) as place from messages)
    anti join duplicates using (place)
),
spread as (  -- in how many conversations a gram stands
    select gram, sum(n) as n
    from heard
    join (select number, count(*) as n from left_over group by number) using (number)
    group by gram
),
telling as materialized (  -- a gram of very many conversations is a phrase of the product
    select
        item_grams.*,
        least(8, lead(position) over in_order - position) as n_covered  -- up to the next
    from item_grams
    join items on items.number = item
    cross join (select count(distinct place) as n from left_over) as whole
    left join spread using (gram)
    where coalesce(spread.n, 0)
        <= if(name = 'label set', greatest(10, sqrt(whole.n)), greatest(100, whole.n / 100))
    window in_order as (partition by item order by position)
),
weights as (  -- at least half of its words count, so that the rest of a stock text tells little
    select item, greatest(sum(n_covered), any_value(n_words) / 2) as n from telling group by item
),
found as (
    select distinct place, item, position
    from heard
    join telling using (gram)
    join left_over using (number)
),
spans as (
    select place, item, least(8, lead(position) over in_order - position) as n_covered
    from found
    window in_order as (partition by place, item order by position)
),
scored as (
    select place, item, sum(n_covered) / any_value(n) as score
    from spans
    join weights using (item)
    group by place, item
    having score > .5
),
contaminated as (
    select place, arg_max(name, (score, -item)) as other, max(score) as similarity
    from scored
    join items on number = item
    group by place
)
select mine.conversation_id, mine.day, dropped, kept.conversation_id as other, similarity
from duplicates
join placed as mine using (place)
join placed as kept on kept.place = duplicates.kept
union all
select conversation_id, day, 'contaminated', other, similarity
from contaminated
join placed using (place);
