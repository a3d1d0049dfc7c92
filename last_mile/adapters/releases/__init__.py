"""Training releases on disk: written whole or not at all, examined, found again, compared.

Not here: which rows are in one (core/training, sql/), its card and figures (core/training).
"""

from last_mile.adapters.releases.examining import (
    GATES,
    Examined,
    NothingToReleaseError,
    ReleaseRefusedError,
    examine,
)
from last_mile.adapters.releases.lineage import (
    LINEAGE,
    LINEAGE_SCHEMA,
    lineage_of,
    releases_with_user,
)
from last_mile.adapters.releases.looking import Found, Scan
from last_mile.adapters.releases.reading import (
    MANIFEST,
    all_releases,
    broken_files,
    find_release,
    newest_release,
)
from last_mile.adapters.releases.tokens import TokenCounter, token_counter
from last_mile.adapters.releases.writing import Frames, write_release

__all__ = [
    "GATES",
    "LINEAGE",
    "LINEAGE_SCHEMA",
    "MANIFEST",
    "Examined",
    "Found",
    "Frames",
    "NothingToReleaseError",
    "ReleaseRefusedError",
    "Scan",
    "TokenCounter",
    "all_releases",
    "broken_files",
    "examine",
    "find_release",
    "lineage_of",
    "newest_release",
    "releases_with_user",
    "token_counter",
    "write_release",
]
