"""Named jobs: selections of assets that belong in one run. Not here: assets, schedules.

One run per day: checks are partitioned, and a run over several days has no partition. A training
release is a run of its own: evidence and report do not wait for tiers to be proven. The feedback
loop is the evidence with what compares releases and periods: it takes longer, so once a day.
"""

from __future__ import annotations

import dagster as dg

from last_mile.defs.automation import LOGS, WHOLE_DAY

PROOF = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("tier_lift"), "tiers_are_proven"))
EVIDENCE = dg.AssetSelection.groups("evidence")
LOOP = dg.AssetSelection.groups("loop")
TRAINING = dg.AssetSelection.groups("training")
REPORT = dg.AssetSelection.groups("report")
BROKEN = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("report"), "no_failed_partitions"))
DAYS = dg.AssetSelection.all() - LOGS - EVIDENCE - LOOP - TRAINING - REPORT

land_drops = dg.define_asset_job("land_drops", LOGS)
daily = dg.define_asset_job("daily", DAYS, tags=WHOLE_DAY)
outcome_day = dg.define_asset_job("outcome_day", dg.AssetSelection.assets("outcome_events"))
evidence = dg.define_asset_job("evidence", (EVIDENCE | REPORT) - PROOF)
feedback_loop = dg.define_asset_job("feedback_loop", (EVIDENCE | LOOP | REPORT) - PROOF)
broken_days = dg.define_asset_job("broken_days", BROKEN)
release = dg.define_asset_job("release", dg.AssetSelection.assets("tier_lift") | TRAINING | REPORT)
