"""The report as one static HTML file: `render_report` and what it needs.

Laying out and wording figures belongs here. Computing one does not: every number arrives computed.
"""

from last_mile.adapters.report_page.page import render_report

__all__ = ["render_report"]
