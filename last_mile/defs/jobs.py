"""Named jobs: selections of assets that belong in one run. Not here: assets, schedules.

One run per day: checks are partitioned, and a run over several days has no partition.
"""

from __future__ import annotations

import dagster as dg

LOGS = dg.AssetSelection.groups("logs")
WHOLE_HISTORY = dg.AssetSelection.groups("evidence", "report") | dg.AssetSelection.assets(
    "training_release"
)
DAILY_ASSETS = dg.AssetSelection.all() - LOGS - WHOLE_HISTORY

land_drops = dg.define_asset_job("land_drops", LOGS)
daily = dg.define_asset_job("daily", DAILY_ASSETS)
outcome_day = dg.define_asset_job("outcome_day", dg.AssetSelection.assets("outcome_events"))
evidence = dg.define_asset_job("evidence", WHOLE_HISTORY)
