-- One row per older epoch with a bridge to an epoch: how many conversations were drawn.
select from_epoch, count(*) as n_sampled
from judge_bridge_samples
where to_epoch = {{ to_epoch }}
group by from_epoch
order by from_epoch
