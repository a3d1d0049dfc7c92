-- One row per record about an erased user or one of their conversations, and per refused record in whose
-- bytes one of them is named: its place, and the name of the conversation. In bytes a name is found
-- where it is a value of its own, or a word between others.
with words as (
    select
        file,
        line,
        part,
        unnest(list_distinct(list_transform(
            string_split_regex(said, '["'',;\t\r\n]') || string_split_regex(said, '[^\pL\pN_.@:+-]+'),
            lambda word: trim(word, ' :{}[]()\')
        ))) as word
    from (
        -- bytes that are no UTF-8 text are read as far as they are ASCII
        select file, line, part, coalesce(try(decode(raw)), replace(raw::varchar, '\x22', '"')) as said
        from {{ rows }}
        where raw is not null
    )
),
naming as (
    select file, line, part
    from words
    where sha256({{ salt }} || '/user/' || word) in (select key from {{ keys }})
        or sha256({{ salt }} || '/conversation/' || word) in (select key from {{ keys }})
),
marked as (
    select
        file, line, part, byte_offset, n_bytes, reject_reason, conversation_id,
        coalesce(sha256({{ salt }} || '/user/' || {{ user }}) in (select key from {{ keys }}), false)
            as names_user,
        coalesce(
            sha256({{ salt }} || '/conversation/' || conversation_id) in (select key from {{ keys }}),
            false
        ) as names_conversation
    from {{ rows }}
)
select
    file, line, part, byte_offset, n_bytes, reject_reason,
    if(names_conversation, conversation_id, null) as conversation_id
from marked
where names_user or names_conversation or (file, line, part) in (select (file, line, part) from naming)
