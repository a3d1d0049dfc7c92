"""`make compose-check`: the files here pass, and every planted fault is found and said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from last_mile_tests.deployment.compose_check import check
from last_mile_tests.deployment.compose_file import ROOT, ComposeError, put_in, read_compose

COPIED = ("docker-compose.yml", "Dockerfile", "deploy")  # the other files are only looked for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in ROOT.iterdir():
        if path.name not in COPIED:
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for name in COPIED[:2]:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_files_of_this_repository_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == []
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("ok ") for line in lines)


FAULTS = {
    "a key is misspelt": (
        "docker-compose.yml", "stop_grace_period: 2m", "stop_grace_periode: 2m",
        ["service code: `stop_grace_periode` is no key of a service that is used here"],
    ),
    "an image floats": (
        "docker-compose.yml", "postgres:15.18-bookworm", "postgres:latest",
        ["service postgres: image `postgres:latest` has no version tag; write NAME:1.2.3"],
    ),
    "the base image floats": (
        "Dockerfile", "python:3.11.15-slim-bookworm", "python:slim",
        ["Dockerfile: image `python:slim` has no version tag; write NAME:1.2.3"],
    ),
    "the UI listens everywhere": (
        "docker-compose.yml", "127.0.0.1:${UI_PORT:-3000}:3000", "${UI_PORT:-3000}:3000",
        ["service webserver: port `3000:3000` is not bound to 127.0.0.1"],
    ),
    "a health check is gone": (
        "docker-compose.yml", "test: [CMD, dagster, api, grpc-health-check, -p, \"4000\"]",
        "retries: 3",
        ["service code stays up and has no health check (test: [CMD, …])",
         "service daemon depends on code, which has no health check",
         "service webserver depends on code, which has no health check"],
    ),
    "nobody waits for the database": (
        "docker-compose.yml", "postgres: {condition: service_healthy}\n    healthcheck:\n"
        "      test: [CMD, dagster, api", "postgres: {condition: service_started}\n"
        "    healthcheck:\n      test: [CMD, dagster, api",
        ["service code does not wait until postgres is healthy"],
    ),
    "the command line starts with the rest": (
        "docker-compose.yml", "    profiles: [run]\n", "",
        ["service run ends by itself and needs a profile, or `up` starts it"],
    ),
    "memory has no limit": (
        "docker-compose.yml", '{cpus: "1", memory: 1g}', '{cpus: "1"}',
        ["service postgres has no limit of memory (deploy.resources.limits)"],
    ),
    "a service is root": (
        "docker-compose.yml", 'user: "999:999"', 'user: "0:0"',
        ["service postgres: `user` is no id of a user and a group other than root"],
    ),
    "the image is of another user": (
        "Dockerfile", "USER 10001:10001", "USER last_mile",
        ["the Dockerfile's USER is not the user of the services that run its image"],
    ),
    "a password stands in the file": (
        "docker-compose.yml", "LITELLM_MASTER_KEY: ${LITELLM_MASTER_KEY:-}",
        "LITELLM_MASTER_KEY: sk-1234",
        ["service litellm: LITELLM_MASTER_KEY must come from outside: ${LITELLM_MASTER_KEY:-}"],
    ),
    "a password has a default": (
        "docker-compose.yml", "LAST_MILE_SALT: ${LAST_MILE_SALT:-}",
        "LAST_MILE_SALT: ${LAST_MILE_SALT:-salt}",
        [f"service {name}: LAST_MILE_SALT must come from outside: ${{LAST_MILE_SALT:-}}"
         for name in ("code", "run", "worker")],
    ),
    "a variable is explained nowhere": (
        "deploy/env.example", "CODE_MEMORY=8g\n", "",
        ["CODE_MEMORY stands in only one of docker-compose.yml and deploy/env.example"],
    ),
    "the example has a password": (
        "deploy/env.example", "POSTGRES_PASSWORD=\n", "POSTGRES_PASSWORD=hunter2\n",
        ["deploy/env.example has a value for POSTGRES_PASSWORD: 7 characters"],
    ),
    "a program does not exist": (
        "docker-compose.yml", "command: [dagster-daemon, run", "command: [dagster-demon, run",
        ["service daemon: no program `dagster-demon` comes with the package"],
    ),
    "a file is not in the image": (
        "docker-compose.yml", '"3000", -w, /opt/last_mile/deploy/workspace.yaml',
        '"3000", -w, /opt/last_mile/docs/workspace.yaml',
        ["service webserver: /opt/last_mile/docs/workspace.yaml is not in the image"],
    ),
    "a mounted file is not here": (
        "docker-compose.yml", "./deploy/litellm.yaml:", "./deploy/proxy.yaml:",
        ["service litellm mounts ./deploy/proxy.yaml, which is not here"],
    ),
    "a volume is not declared": (
        "docker-compose.yml", "\n  postgres:\n  data:\n", "\n  data:\n",
        ["service postgres: volume postgres is not declared"],
    ),
    "a config reads what is not given": (
        "deploy/dagster.yaml", "{env: POSTGRES_HOST}", "{env: DB_HOST}",
        [f"service {name}: deploy/dagster.yaml reads DB_HOST, which it is not given"
         for name in ("code", "daemon", "run", "webserver", "worker")],
    ),
    "a provider's key does not reach the proxy": (
        "deploy/litellm.yaml", "os.environ/ANTHROPIC_API_KEY", "os.environ/MISTRAL_API_KEY",
        ["service litellm: deploy/litellm.yaml reads MISTRAL_API_KEY, which it is not given"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(root: Path, fault: str) -> None:
    name, good, bad, expected = FAULTS[fault]
    text = (root / name).read_text("utf-8")
    assert good in text
    (root / name).write_text(text.replace(good, bad, 1), encoding="utf-8")
    assert sorted(check(root)) == sorted(expected)


def test_drops_that_could_be_changed_and_rights_to_spare_are_found(root: Path) -> None:
    text = (root / "docker-compose.yml").read_text("utf-8")
    for good in (":/drops:ro", "  cap_drop: [ALL]\n", "  read_only: true\n"):
        text = text.replace(good, good.removesuffix(":ro") if "drops" in good else "", 1)
    (root / "docker-compose.yml").write_text(text, encoding="utf-8")
    faults = check(root)
    assert "service code could change the drops; mount them :ro" in faults
    assert "service webserver keeps capabilities; write cap_drop: [ALL]" in faults
    assert "service webserver may write to its root; write read_only: true" in faults


def _instance(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return read


def test_the_instance_is_set_as_that_of_one_machine_besides_its_storage() -> None:
    alone, deployed = _instance("dagster.yaml"), _instance("deploy/dagster.yaml")
    for key, value in alone.items():
        assert {**deployed[key], **value} == deployed[key], key


def test_the_instance_of_several_machines_has_other_limits_and_nothing_else() -> None:
    deployed, several = _instance("deploy/dagster.yaml"), _instance("deploy/celery/dagster.yaml")
    limits = several.pop("concurrency")
    assert "default_limit" not in limits["pools"]  # no file to spare
    assert limits["runs"]["max_concurrent_runs"] == 16
    assert several["run_monitoring"].pop("max_runtime_seconds") == 86_400
    assert several["run_monitoring"].pop("start_timeout_seconds") > 0
    deployed["run_monitoring"].pop("start_timeout_seconds")
    deployed.pop("concurrency")
    assert several == deployed


def test_without_a_password_nothing_starts_and_it_is_said_where_to_set_it() -> None:
    with pytest.raises(ComposeError, match=r"POSTGRES_PASSWORD is not set: set it in \.env"):
        read_compose(ROOT, {})


def test_variables_are_put_in_as_compose_does() -> None:
    given = {"A": "1", "EMPTY": ""}
    assert put_in(["${A}", "x${A:-2}y", "${EMPTY:-2}", "${GONE:-}", "$$A"], given) == [
        "1", "x1y", "2", "", "$A",
    ]  # fmt: skip
    with pytest.raises(ComposeError, match="begins no variable"):
        put_in("$A", given)


def test_what_is_no_compose_file_is_said(tmp_path: Path) -> None:
    for text, said in (("services: [", "is no YAML"), ("- a", "names no services")):
        (tmp_path / "docker-compose.yml").write_text(text)
        (fault,) = check(tmp_path)
        assert said in fault
