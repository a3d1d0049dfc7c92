"""Backups of an installation: made while it works, verified and restored as a whole."""

from last_mile.adapters.backup.manifest import Manifest, backups_in, read_manifest
from last_mile.adapters.backup.restoring import Restored, restore
from last_mile.adapters.backup.writing import LAST_BACKUP, Made, back_up

__all__ = [
    "LAST_BACKUP",
    "Made",
    "Manifest",
    "Restored",
    "back_up",
    "backups_in",
    "read_manifest",
    "restore",
]
