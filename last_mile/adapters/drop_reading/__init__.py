"""Reads drop files: bytes → records → accepted or refused rows, in worker processes.

opening.py gives bytes; containers.py records (with lines.py, documents.py, tables.py); parsing.py
and events.py rows; sheets.py columns; staging.py Parquet files of them; workers.py does all that on
several cores. Not here: the warehouse (adapters/landing.py).
"""

from last_mile.adapters.drop_reading.reading import FileRead, Reading
from last_mile.adapters.drop_reading.staging import inspect
from last_mile.adapters.drop_reading.workers import Bundle, staged

__all__ = ["Bundle", "FileRead", "Reading", "inspect", "staged"]
