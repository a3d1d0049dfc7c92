"""What docker-compose.yml and the files beside it must be like: one function per rule.

Each gives a sentence per fault. Not here: reading the file (compose_file.py), the command
(compose_check.py).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from last_mile_tests.deployment.compose_file import Compose, Service, variables_in

_TOP = {"name", "services", "volumes"}
_SERVICE = {
    "build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image",
    "init", "logging", "ports", "profiles", "read_only", "restart", "security_opt", "shm_size",
    "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
_HEALTH = {"test", "interval", "timeout", "retries", "start_period"}
_TAG = re.compile(r":v?\d+(\.\d+)+[\w.-]*$")
_SECRET = re.compile(r"PASSWORD|SECRET|SALT|TOKEN|(^|_)KEY$")
_FROM_OUTSIDE = re.compile(r"\$\{\w+:(-|\?[^}]+)\}")
_IN_IMAGE = "/opt/last_mile"  # where the Dockerfile copies this folder to
_WRITES_ITS_ROOT = {"litellm"}  # beside its own code; nothing of ours is in that image
_PROXY_CONFIG = "deploy/litellm.yaml"


def keys_are_known(compose: Compose) -> Iterator[str]:
    """Every key is one of the few used here: a misspelt one would be taken for none."""
    for key in compose.raw:
        if key not in _TOP and not key.startswith("x-"):
            yield f"compose knows no `{key}` at the top"
    for service in compose.services.values():
        for key in set(service.raw) - _SERVICE:
            yield f"service {service.name}: `{key}` is no key of a service that is used here"
        for key in set(service.raw.get("healthcheck", {})) - _HEALTH:
            yield f"service {service.name}: compose knows no `{key}` of a health check"


def images_have_versions(compose: Compose) -> Iterator[str]:
    """Images carry a version tag: the ones of services and the one the Dockerfile builds on."""
    images = {f"service {s.name}": s.given.get("image", "") for s in compose.services.values()}
    for line in _dockerfile(compose, "FROM"):
        images["Dockerfile"] = line.split()[0]
    for where, image in images.items():
        if "latest" in image or not _TAG.search(image):
            yield f"{where}: image `{image}` has no version tag; write NAME:1.2.3"


def ports_are_loopback(compose: Compose) -> Iterator[str]:
    """The UI and the API have no login: no port is bound to anything but loopback."""
    for service in compose.services.values():
        for port in service.given.get("ports", []):
            if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", str(port)):
                yield f"service {service.name}: port `{port}` is not bound to 127.0.0.1"


def services_are_watched(compose: Compose) -> Iterator[str]:
    """What stays up has a health check; what depends on another waits until that one is healthy."""
    for service in compose.services.values():
        if service.stays_up and not service.health_test:
            yield f"service {service.name} stays up and has no health check (test: [CMD, …])"
        if not service.stays_up and not service.given.get("profiles"):
            yield f"service {service.name} ends by itself and needs a profile, or `up` starts it"
        for other, how in service.given.get("depends_on", {}).items():
            if other not in compose.services or not compose.services[other].health_test:
                yield f"service {service.name} depends on {other}, which has no health check"
            elif how.get("condition") != "service_healthy":
                yield f"service {service.name} does not wait until {other} is healthy"


def services_are_limited(compose: Compose) -> Iterator[str]:
    """Each has a limit of memory and processors."""
    for service in compose.services.values():
        limits = service.given.get("deploy", {}).get("resources", {}).get("limits", {})
        for limit in ("cpus", "memory"):
            if not limits.get(limit):
                yield f"service {service.name} has no limit of {limit} (deploy.resources.limits)"


def services_have_few_rights(compose: Compose) -> Iterator[str]:
    """None is root, gains rights, or writes where no volume is."""
    for service in compose.services.values():
        if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(service.given.get("user", ""))):
            yield f"service {service.name}: `user` is no id of a user and a group other than root"
        if service.given.get("cap_drop") != ["ALL"]:
            yield f"service {service.name} keeps capabilities; write cap_drop: [ALL]"
        if "no-new-privileges:true" not in service.given.get("security_opt", []):
            yield f"service {service.name} may gain rights; write no-new-privileges:true"
        if not service.given.get("read_only") and service.name not in _WRITES_ITS_ROOT:
            yield f"service {service.name} may write to its root; write read_only: true"
    users = {s.given.get("user") for s in compose.services.values() if s.is_ours}
    if users != {next(_dockerfile(compose, "USER"), "root")}:
        yield "the Dockerfile's USER is not the user of the services that run its image"


def secrets_come_from_outside(compose: Compose) -> Iterator[str]:
    """No secret stands in the file, and what it asks for is explained in deploy/env.example."""
    for service in compose.services.values():
        for name, value in service.raw.get("environment", {}).items():
            if _SECRET.search(name) and not _FROM_OUTSIDE.fullmatch(str(value)):
                yield f"service {service.name}: {name} must come from outside: ${{{name}:-}}"
    example = (compose.root / "deploy" / "env.example").read_text("utf-8")
    explained = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    for name in variables_in(compose.text) ^ explained:
        yield f"{name} stands in only one of docker-compose.yml and deploy/env.example"
    for name, value in re.findall(r"^(\w+)=(.+)$", example, re.MULTILINE):
        if _SECRET.search(name):
            yield f"deploy/env.example has a value for {name}: {len(value)} characters"


def commands_and_files_exist(compose: Compose) -> Iterator[str]:
    """Programs are installed with the package, and files are here and in the image."""
    copied = {part for line in _dockerfile(compose, "COPY") for part in line.split()[:-1]}
    for name in copied:
        if not (compose.root / name).exists():
            yield f"Dockerfile copies {name}, which is not here"
    for service in (s for s in compose.services.values() if s.is_ours):
        for program in {*service.command[:1], *service.health_test[:1]}:
            if not (Path(sys.executable).parent / program).exists():
                yield f"service {service.name}: no program `{program}` comes with the package"
        for path in [*service.command, *service.environment.values()]:
            inside = path.removeprefix(f"{_IN_IMAGE}/")
            is_there = (compose.root / inside).exists() and inside.partition("/")[0] in copied
            if inside != path and not is_there:
                yield f"service {service.name}: {path} is not in the image"


def mounts_exist(compose: Compose) -> Iterator[str]:
    """Volumes are declared, mounted files are here, and nobody can change the drops."""
    for service in compose.services.values():
        for written, mount in zip(service.raw.get("volumes", []), service.mounts, strict=True):
            is_ours = mount.source.startswith("./") and "$" not in written
            if is_ours and not (compose.root / mount.source).exists():
                yield f"service {service.name} mounts {mount.source}, which is not here"
            if "/" not in mount.source and mount.source not in compose.raw.get("volumes", {}):
                yield f"service {service.name}: volume {mount.source} is not declared"
            if mount.target == "/drops" and not mount.read_only:
                yield f"service {service.name} could change the drops; mount them :ro"


def configs_find_their_variables(compose: Compose) -> Iterator[str]:
    """Every variable a config file reads is given to the services that read the file."""
    for service in compose.services.values():
        for file in _configs_of(service):
            for name in _variables_of(compose.root / file) - set(service.environment):
                yield f"service {service.name}: {file} reads {name}, which it is not given"


def _configs_of(service: Service) -> Iterator[str]:
    instance = service.environment.get("DAGSTER_HOME", "")
    if instance.startswith(_IN_IMAGE):
        yield f"{instance.removeprefix(f'{_IN_IMAGE}/')}/dagster.yaml"
    for part in service.command:
        if part.endswith("workspace.yaml"):
            yield part.removeprefix(f"{_IN_IMAGE}/")
    if any(mount.source == f"./{_PROXY_CONFIG}" for mount in service.mounts):
        yield _PROXY_CONFIG


def _variables_of(file: Path) -> set[str]:
    """As Dagster names them, `{env: NAME}`, and LiteLLM, `os.environ/NAME`."""
    if not file.exists():  # another rule says so
        return set()
    text = file.read_text("utf-8")
    return set(re.findall(r"os\.environ/(\w+)", text)) | set(_env_fields(yaml.safe_load(text)))


def _env_fields(value: Any) -> Iterator[str]:
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and set(value) == {"env"}:
        yield value["env"]
    elif isinstance(value, dict | list):
        for part in parts:
            yield from _env_fields(part)


def _dockerfile(compose: Compose, instruction: str) -> Iterator[str]:
    for line in (compose.root / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith(f"{instruction} "):
            yield line.removeprefix(f"{instruction} ")


RULES: Mapping[str, Callable[[Compose], Iterator[str]]] = {
    "keys are spelt as compose spells them": keys_are_known,
    "images have version tags": images_have_versions,
    "ports are bound to loopback": ports_are_loopback,
    "services have health checks and wait for each other": services_are_watched,
    "services have limits of memory and processors": services_are_limited,
    "services are not root and have no rights to spare": services_have_few_rights,
    "secrets come from outside and are explained": secrets_come_from_outside,
    "commands and files of the image exist": commands_and_files_exist,
    "mounted files exist, and the drops are read only": mounts_exist,
    "config files find their variables": configs_find_their_variables,
}
