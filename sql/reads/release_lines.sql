-- One row per training row of a kind, a split and a part of the order: its id and its line, shuffled.
select row_id, {{ line }} as line
from (
    select *, sha256({{ seed }} || '/' || row_id) as place
    from {{ table }}
    where split = {{ split }}
)
where starts_with(place, {{ part }})
order by place
