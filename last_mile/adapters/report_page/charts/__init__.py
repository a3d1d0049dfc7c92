"""The charts: a forest of relative risks, two panels of them, rates with intervals, counts.

What is drawn, and where. Which rows are drawn is `view.py`'s matter, how numbers read `words.py`'s.
"""

from last_mile.adapters.report_page.charts.bars import count_bars, rate_bars
from last_mile.adapters.report_page.charts.contrast import contrast_plot
from last_mile.adapters.report_page.charts.forest import forest_plot

__all__ = ["contrast_plot", "count_bars", "forest_plot", "rate_bars"]
