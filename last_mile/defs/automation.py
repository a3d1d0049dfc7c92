"""The one automation condition: it carries a changed day through the tables made from it.

Not here: which days changed (sensors.py), tables over all days (schedules.py).
"""

import dagster as dg

LOGS = dg.AssetSelection.groups("logs")  # not by day: their sensors say which days they changed
EVENTS = dg.AssetSelection.assets("outcome_events")  # of sixty days, of which most hold none
WHOLE_DAY = {"last_mile/whole_day": "true"}  # whoever asked for the run knows what changed

# A table's day is requested when the same day of a table it is made from was made anew, or when the
# outcome events of a day in its window came to be others by themselves: also for days long past, of
# which `eager` takes only the newest. It waits while one of those is missing or being made, and
# while a blocking check of one has not passed: blocking alone holds inside one run only.
CARRY_CHANGED_DAYS = (
    (
        dg.AutomationCondition.newly_missing()
        | dg.AutomationCondition.any_deps_updated().ignore(LOGS | EVENTS)
        | dg.AutomationCondition.any_deps_match(
            dg.AutomationCondition.data_version_changed()
            & ~dg.AutomationCondition.all_new_updates_have_run_tags(tag_values=WHOLE_DAY)
        ).allow(EVENTS)
    ).since_last_handled()
    & ~dg.AutomationCondition.any_deps_missing().ignore(LOGS | EVENTS)
    & ~dg.AutomationCondition.any_deps_in_progress().ignore(LOGS)
    & ~dg.AutomationCondition.in_progress()
    & dg.AutomationCondition.all_deps_blocking_checks_passed().ignore(LOGS | EVENTS)
).with_label("carry_changed_days")

carry_changed_days = dg.AutomationConditionSensorDefinition(
    "carry_changed_days",
    target=dg.AssetSelection.all(),
    minimum_interval_seconds=30,
    description="Builds what is made from days that changed, when their blocking checks passed.",
)
