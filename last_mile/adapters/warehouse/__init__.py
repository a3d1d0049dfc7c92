"""The only code that opens the database: one short window under a file lock for each use.

Not here: what stands in the tables (sql/), who asks for it (defs/).
"""

from last_mile.adapters.warehouse.warehouse import Days, Warehouse

__all__ = ["Days", "Warehouse"]
