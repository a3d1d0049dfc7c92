-- One row per file with lines refused for being in the future when they were read: they may not be now.
select distinct file from conversation_logs where reject_reason = 'time_in_future'
union
select distinct file from outcome_logs where reject_reason = 'time_in_future'
