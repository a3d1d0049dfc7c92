"""The judge: what the ledger lacks is asked, paid for once, and folded into the tables.

Not here: what is decided about asking (core/judge/), what Dagster sees (defs/).
"""
