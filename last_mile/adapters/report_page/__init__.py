"""The report as static HTML files that load nothing, and what they need.

Laying out and wording figures belongs here. Computing one does not: every number arrives computed.
"""

from last_mile.adapters.report_page.page import render_engagement, render_report

__all__ = ["render_engagement", "render_report"]
