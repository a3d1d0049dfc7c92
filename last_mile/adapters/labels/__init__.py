"""Labels on their way: plans out to people, their answers back into the drop folder.

Not here: what is drawn and what an answer means (core/calibration), options (cli/labels.py).
"""

from last_mile.adapters.labels.importing import Imported, import_labels
from last_mile.adapters.labels.planning import Planned, plan_labels

__all__ = ["Imported", "Planned", "import_labels", "plan_labels"]
