"""The only code that opens the database: a file, in one short window for each use, or a lake.

Not here: what stands in the tables (sql/), who asks for it (defs/).
"""

from last_mile.adapters.warehouse.database import Connection
from last_mile.adapters.warehouse.slices import Days
from last_mile.adapters.warehouse.warehouse import Warehouse

__all__ = ["Connection", "Days", "Warehouse"]
