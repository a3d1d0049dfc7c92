"""`make manifests-check`: the manifests here pass, and every planted fault is found and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from last_mile_tests.deployment.manifests_check import FOLDER, check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "k8s"))


def test_the_manifests_of_this_repository_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == []
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("ok ") for line in lines)


FAULTS = {
    "a field is misspelt": (
        "volumes.yaml", "accessModes: [ReadWriteMany]", "accessMode: [ReadWriteMany]",
        ["volumes.yaml: PersistentVolumeClaim last-mile-home: spec: "
         "Additional properties are not allowed ('accessMode' was unexpected)"],
    ),
    "a field is of another type": (
        "redis.yaml", "replicas: 1", "replicas: one",
        ["redis.yaml: Deployment last-mile-redis: spec.replicas: "
         "'one' is not of type 'integer', 'null'"],
    ),
    "a setting is no text": (
        "settings.yaml", 'LAST_MILE_S3_ENDPOINT: ""', "LAST_MILE_S3_ENDPOINT: 9000",
        ["settings.yaml: ConfigMap last-mile-settings: data.LAST_MILE_S3_ENDPOINT: "
         "9000 is not of type 'string', 'null'"],
    ),
    "a field is missing": (
        "first-run.yaml", "          image: registry.example.com/last-mile:0.1.0\n          args",
        "          image: registry.example.com/last-mile:0.1.0\n          arg",
        ["first-run.yaml: Job last-mile-first-run: spec.template.spec.containers.0: "
         "Additional properties are not allowed ('arg' was unexpected)"],
    ),
    "there is no such kind": (
        "redis.yaml", "kind: Service", "kind: Servise",
        ["redis.yaml: Couldn't find schema for kind Servise with api version v1 "
         "for kubernetes version 1.34"],
    ),
    "a volume of runs is misspelt": (
        "values.yaml", "            claimName: last-mile-home",
        "            claim: last-mile-home",
        ["values.yaml: the run launcher refuses it: Unexpected keys in model class "
         "V1PersistentVolumeClaimVolumeSource: {'claim'}"],
    ),
    "the daemon knows no such key": (
        "values.yaml", "startTimeoutSeconds", "startTimeoutSecond",
        ['values.yaml: Received unexpected config entry "start_timeout_second" at path '
         'root:run_monitoring. Expected: "{ cancel_timeout_seconds?'],
    ),
    "the chart knows no such key": (
        "values.yaml", "      podSecurityContext: &user", "      podSecurity: {}\n"
        "      podSecurityContext: &user",
        ["values.yaml: the deployment: podSecurity stands in only one of the file and the rule"],
    ),
    "what is needed is gone": (
        "values.yaml", "\nrunLauncher:", "\nrunLaunchers:", ["values.yaml has no 'runLauncher'"],
    ),
    "a secret is named that nobody makes": (
        "values.yaml", "- name: last-mile-secrets", "- name: last-mile-secret",
        [f"values.yaml: {pod}: no Secret is called last-mile-secret"
         for pod in ("Job dagster-run", "Pod code")],
    ),
    "a secret stands in the file": (
        "secrets.example.yaml", 'LAST_MILE_SALT: ""', "LAST_MILE_SALT: pepper",
        ["secrets.example.yaml: Secret last-mile-secrets has a value for LAST_MILE_SALT"],
    ),
    "an image floats": (
        "values.yaml", 'tag: "0.1.0"', "tag: latest",
        [f"values.yaml: {pod}: image registry.example.com/last-mile:latest has no version tag"
         for pod in ("Job dagster-run", "Pod code")],
    ),
    "runs are root": (
        "values.yaml", "runAsUser: 10001", "runAsUser: 0",
        [f"values.yaml: {pod}: runAsUser is not set, or root"
         for pod in ("Job dagster-run", "Pod code")],
    ),
    "memory has no limit": (
        "redis.yaml", 'limits: {cpu: "1", memory: 512Mi}', 'limits: {cpu: "1"}',
        ["redis.yaml: Deployment last-mile-redis: no limits of cpu and memory"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(folder: Path, fault: str) -> None:
    name, good, bad, expected = FAULTS[fault]
    text = (folder / name).read_text("utf-8")
    assert good in text
    (folder / name).write_text(text.replace(good, bad, 1), encoding="utf-8")
    found = sorted(check(folder))
    assert len(found) == len(expected), found
    for fault_found, said in zip(found, sorted(expected), strict=True):
        assert fault_found.startswith(said)


def test_a_setting_that_the_launcher_does_not_know_is_said(folder: Path) -> None:
    text = (folder / "values.yaml").read_text("utf-8")
    wrong = text.replace("      envSecrets: *secrets", "      envSecret: *secrets")
    (folder / "values.yaml").write_text(wrong, "utf-8")
    (fault,) = check(folder)
    assert 'unexpected config entry "env_secret"' in fault


def test_what_is_no_manifest_is_said(folder: Path) -> None:
    for text, said in (("a: [", "is no YAML"), ("a: 1", "without apiVersion and kind")):
        (folder / "other.yaml").write_text(text)
        (fault,) = check(folder)
        assert said in fault
