"""One installation: where its files are and which drops, rubric and judge it works with.

Not here: anything that opens the warehouse (adapters/warehouse.py) or Dagster's instance.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from itertools import count
from pathlib import Path

from last_mile.adapters.drop_reading.reading import MEGABYTE, Reading
from last_mile.adapters.rubric_file import load_rubric
from last_mile.core.rubric import Rubric
from last_mile.errors import UserError

DEFAULT_HOME = ".last_mile"
SALT = "LAST_MILE_SALT"  # name of the variable that holds the secret for hashing user ids


@dataclass(frozen=True, slots=True)
class Settings:
    """What `last-mile run` was given; the Dagster UI works with the same."""

    drops: str
    rubric: str = "proposals"
    judge: str = "rules"
    default_day: str | None = None
    demo: bool = False
    format: str | None = None  # of conversation logs; None: detected file by file
    redact: bool = False
    hash_users: bool = False
    max_line_mb: int = 16
    cap_usd: float | None = None  # most that a run may spend on the judge
    month_cap_usd: float | None = None
    price_in: float | None = None  # of the judge, USD per million tokens; None: by the list
    price_out: float | None = None
    price_cached: float | None = None
    in_flight: int = 32  # calls to the judge at once, at most
    calls_per_minute: float | None = None
    timeout_s: float = 120
    batch: bool = False  # through the provider's batch API
    precision: float | None = None  # half width of a prevalence's interval; None: judge all
    evaluation: list[str] = field(default_factory=list)  # files never to be trained on
    tokenizer: str | None = None  # a tokenizer file that counts tokens; None: an estimate
    scrubber: str = "patterns"  # what replaces personal data in training texts, or presidio

    def reading(self, today: date) -> Reading:
        """How the drops are read; the salt for user ids comes from $LAST_MILE_SALT.

        Raises:
            UserError: User ids are to be hashed and there is no salt.
        """
        salt = os.environ.get(SALT, "").encode()
        if self.hash_users and not salt:
            raise UserError(f"user ids are to be hashed: set ${SALT} to a secret of your own")
        return Reading(
            last_day=today,
            default_day=date.fromisoformat(self.default_day) if self.default_day else None,
            format_name=self.format,
            max_line_bytes=self.max_line_mb * MEGABYTE,
            redacts=self.redact,
            salt=salt if self.hash_users else None,
        )


@dataclass(frozen=True, slots=True)
class Installation:
    """Paths of one home folder (`--home`, else `$LAST_MILE_HOME`, else `.last_mile`)."""

    home: Path

    @classmethod
    def at(cls, home: str | Path | None = None) -> Installation:
        """The installation in a folder; the folder need not exist yet."""
        return cls(Path(home or os.environ.get("LAST_MILE_HOME") or DEFAULT_HOME).absolute())

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.home / "warehouse.duckdb"

    @property
    def dagster_home(self) -> Path:
        """Folder of the Dagster instance."""
        return self.home / "dagster"

    @property
    def releases(self) -> Path:
        """Folder of the training releases."""
        return self.home / "releases"

    @property
    def report_html(self) -> Path:
        """The report for people."""
        return self.home / "report.html"

    @property
    def engagement_html(self) -> Path:
        """Its page about what users do."""
        return self.home / "engagement.html"

    @property
    def report_json(self) -> Path:
        """The report's numbers."""
        return self.home / "report.json"

    @property
    def report_numbers(self) -> Path:
        """Folder of the same numbers as Parquet."""
        return self.home / "report"

    @property
    def settings_file(self) -> Path:
        """What the last run was given."""
        return self.home / "settings.json"

    def settings(self) -> Settings:
        """The recorded settings.

        Raises:
            UserError: Nothing was run here yet, or the file is damaged.
        """
        try:
            data = json.loads(self.settings_file.read_text(encoding="utf-8"))
            return Settings(**{f.name: data[f.name] for f in fields(Settings) if f.name in data})
        except FileNotFoundError as error:
            raise UserError(
                f"{self.home} holds no installation; run `last-mile run --drops DIR` first"
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"{self.settings_file} is damaged; delete it and run `last-mile run --drops DIR`"
            ) from error

    def save(self, settings: Settings) -> None:
        """Record settings atomically, creating the folders."""
        for folder in (self.home, self.dagster_home, self.releases):
            folder.mkdir(parents=True, exist_ok=True)
        draft = self.settings_file.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")
        draft.replace(self.settings_file)

    def claim(self, settings: Settings) -> Path | None:
        """Record settings; a home that held only the demo is set aside for the first real drops.

        Returns:
            Where a demo was moved to, or None.

        Raises:
            UserError: The home holds what was made from another drop folder.
        """
        aside = None
        if self.settings_file.exists():
            held = self.settings()
            if held.drops != settings.drops and not held.demo:
                raise UserError(
                    f"{self.home} holds what was made from {held.drops}; give {settings.drops} "
                    "a home of its own with --home DIR"
                )
            if held.drops != settings.drops:
                aside = next(
                    path
                    for n in count(1)
                    if not (path := self.home.with_name(f"{self.home.name}-demo-{n}")).exists()
                )
                self.home.rename(aside)
                drops = held.drops.replace(str(self.home), str(aside), 1)
                Installation(aside).save(replace(held, drops=drops))
        self.save(settings)
        return aside

    def rubric(self) -> Rubric:
        """The rubric the settings name, read and validated now.

        Raises:
            UserError: As `settings` and `load_rubric`.
        """
        return load_rubric(self.settings().rubric)
