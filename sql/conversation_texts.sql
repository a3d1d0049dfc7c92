-- One row per conversation: its texts as the heuristics read them. A view, so nothing is stored.
create view if not exists conversation_texts as
with parts as (
    select
        *,
        list_filter(messages, lambda m: coalesce(trim(m.content), '') <> '') as said
    from conversations
)
select
    conversation_id,
    day,
    model,
    category,
    surface,
    entry_point,
    attributes,
    final_output,
    list_filter(said, lambda m: m.role = 'user')[1].content as first_user_text,
    list_filter(said, lambda m: m.role = 'assistant')[1].content as first_draft,
    array_to_string(
        list_transform(list_filter(said, lambda m: m.role = 'user'), lambda m: m.content),
        e'\n\n'
    ) as user_text,
    array_to_string(
        list_transform(list_filter(said, lambda m: m.role = 'assistant'), lambda m: m.content),
        e'\n\n'
    ) as assistant_text,
    array_to_string(list_transform(context, lambda d: d.text), e'\n\n') as context_text,
    array_to_string(
        list_transform(
            list_filter(context, lambda d: starts_with(d.doc_id, 'job')), lambda d: d.text
        ),
        e'\n\n'
    ) as job_text,
    array_to_string(
        list_transform(
            list_filter(context, lambda d: starts_with(d.doc_id, 'profile')), lambda d: d.text
        ),
        e'\n\n'
    ) as profile_text,
    len(messages) as n_messages,
    len(list_filter(messages, lambda m: m.role = 'user')) as n_user_messages,
    len(list_filter(messages, lambda m: m.role = 'assistant')) as n_assistant_messages,
    len(list_filter(
        said[: len(said) - coalesce(
            list_position(list_reverse(list_transform(said, lambda m: m.role)), 'assistant'),
            len(said) + 1
        )],
        lambda m: m.role = 'user'
    )) as n_answered_user_messages,
    list_filter(
        list_transform(list_filter(messages, lambda m: m.role = 'tool'), lambda m: m."name"),
        lambda n: n is not null
    ) as tool_names
from parts;
