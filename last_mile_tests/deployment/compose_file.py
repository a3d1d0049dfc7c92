"""docker-compose.yml as compose reads it: anchors merged, variables put in, service by service.

Not here: what a good one looks like (compose_rules.py), starting services (services.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
FILE = "docker-compose.yml"
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\}|(?P<bad>))"
)


class ComposeError(Exception):
    """The file cannot be read as compose would."""


class Mount(NamedTuple):
    """A volume of a service."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class Service:
    """One service: `raw` as written, `given` with variables put in."""

    name: str
    raw: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def command(self) -> list[str]:
        """What it starts; empty: what its image says."""
        return [str(part) for part in self.given.get("command", [])]

    @property
    def environment(self) -> dict[str, str]:
        """Its variables."""
        return {name: str(value) for name, value in self.given.get("environment", {}).items()}

    @property
    def health_test(self) -> list[str]:
        """The command of its health check, without the word CMD; empty: none."""
        test = self.given.get("healthcheck", {}).get("test", [])
        return list(test[1:]) if test and test[0] == "CMD" else []

    @property
    def mounts(self) -> list[Mount]:
        """Its volumes, written in short."""
        parts = [str(volume).split(":") for volume in self.given.get("volumes", [])]
        return [Mount(part[0], part[1], part[2:] == ["ro"]) for part in parts]

    @property
    def is_ours(self) -> bool:
        """Whether its image is built from the Dockerfile here."""
        return "build" in self.given

    @property
    def stays_up(self) -> bool:
        """Whether it is restarted when it ends."""
        return str(self.given.get("restart", "no")) != "no"


@dataclass(frozen=True)
class Compose:
    """The whole file and the folder it stands in."""

    root: Path
    text: str
    raw: Mapping[str, Any]
    services: Mapping[str, Service]


def read_compose(root: Path, variables: Mapping[str, str]) -> Compose:
    """Read the compose file of a folder.

    Args:
        root: The folder.
        variables: What stands in `.env`.

    Raises:
        ComposeError: It is no compose file, or a variable that must be set is not.
    """
    text = (root / FILE).read_text("utf-8")
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ComposeError(f"{FILE} is no YAML: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("services"), dict):
        raise ComposeError(f"{FILE} names no services")
    services = {
        name: Service(name, service, put_in(service, variables))
        for name, service in raw["services"].items()
    }
    return Compose(root, text, raw, services)


def put_in(value: Any, variables: Mapping[str, str]) -> Any:
    """A value with `${NAME}`, `${NAME:-default}` and `${NAME:?message}` replaced, as deep as it is.

    Raises:
        ComposeError: A variable that must be set is not, or a `$` begins none.
    """
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value_of(found, variables), value)
    if isinstance(value, dict):
        return {name: put_in(part, variables) for name, part in value.items()}
    return [put_in(part, variables) for part in value] if isinstance(value, list) else value


def variables_in(text: str) -> set[str]:
    """Names of the variables a text mentions."""
    return {found["name"] for found in _VARIABLE.finditer(text) if found["name"]}


def _value_of(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    if not found["name"]:
        raise ComposeError(f"{FILE}: `{found.string}` has a $ that begins no variable; write $$")
    value = variables.get(found["name"], "")
    if found["how"] == ":?" and not value:
        raise ComposeError(f"{found['name']} is not set: {found['rest']}")
    return value or (found["rest"] or "") if found["how"] == ":-" else value
