-- One row per refused line, in the order of files: where it stands, why, and its kept bytes.
select * from (
    select 'conversations' as kind, file, line, part, byte_offset, n_bytes, reject_reason as reason, raw
    from conversation_logs
    union all by name
    select 'outcomes' as kind, file, line, part, byte_offset, n_bytes, reject_reason as reason, raw
    from outcome_logs
    union all by name
    select 'labels' as kind, file, line, part, byte_offset, n_bytes, reject_reason as reason, raw
    from label_logs
)
where reason is not null
order by file, line, part
