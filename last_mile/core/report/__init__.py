"""The report's content as values: sentences, sections, what not to conclude.

Not here: reading tables (adapters/report_source.py), HTML (adapters/report_page/).
"""

from last_mile.core.report.audit import intuition_audit
from last_mile.core.report.drift import drift_section
from last_mile.core.report.engagement import engagement_section
from last_mile.core.report.epochs import epoch_section
from last_mile.core.report.failures import failure_section
from last_mile.core.report.headline import (
    headline,
    judge_sentence,
    missing_outcome,
    nothing_matured,
)
from last_mile.core.report.limits import do_not_conclude, unsound
from last_mile.core.report.linked import linked_releases
from last_mile.core.report.releases import release_sentences
from last_mile.core.report.sections import (
    defined_lifts,
    lift_scopes,
    lift_section,
    recovered_row,
    segment_section,
    tier_section,
)
from last_mile.core.report.trying import CARE, trying_section

__all__ = [
    "CARE",
    "defined_lifts",
    "do_not_conclude",
    "drift_section",
    "engagement_section",
    "epoch_section",
    "failure_section",
    "headline",
    "intuition_audit",
    "judge_sentence",
    "lift_scopes",
    "lift_section",
    "linked_releases",
    "missing_outcome",
    "nothing_matured",
    "recovered_row",
    "release_sentences",
    "segment_section",
    "tier_section",
    "trying_section",
    "unsound",
]
