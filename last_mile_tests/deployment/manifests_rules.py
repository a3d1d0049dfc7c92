"""What deploy/k8s must be like: one function per rule, each gives a sentence per fault.

Not here: reading the files and what is made of them (manifests.py), the command
(manifests_check.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import kubernetes_validate
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema

from last_mile_tests.deployment.manifests import INSTANCE, Manifest, Manifests

KUBERNETES = "1.34"  # whose schema manifests are held to
_TAG = re.compile(r":v?\d+(\.\d+)+[\w.-]*$")
_NAMES = {  # the fields that name another manifest, and its kind
    "configMapRef": ("name", "ConfigMap"), "configMap": ("name", "ConfigMap"),
    "secretRef": ("name", "Secret"), "secretKeyRef": ("name", "Secret"),
    "persistentVolumeClaim": ("claimName", "PersistentVolumeClaim"),
}  # fmt: skip
_OF_THE_CHART = {("ConfigMap", INSTANCE)}
# Keys of the chart that are used here; nothing is known of others, so a new one belongs here too.
_TOP = {
    "additionalInstanceConfig", "dagster-user-deployments", "dagsterDaemon",
    "generatePostgresqlPasswordSecret", "global", "postgresql", "runLauncher", "telemetry",
}  # fmt: skip
_DEPLOYMENT = {
    "dagsterApiGrpcArgs", "envConfigMaps", "envSecrets", "image", "includeConfigInLaunchedRuns",
    "name", "podSecurityContext", "port", "resources", "securityContext", "volumeMounts", "volumes",
}  # fmt: skip
_DAEMON = {"runCoordinator", "runMonitoring", "runRetries"}


def schema_holds(manifests: Manifests) -> Iterator[str]:
    """Each is what Kubernetes knows: no field misspelt, none missing, none of another type."""
    for file, manifest in manifests.everything():
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            where = ".".join(map(str, error.path)) or "the top"
            yield f"{file}: {_named(manifest)}: {where}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"{file}: {error.message}"


def keys_are_known(manifests: Manifests) -> Iterator[str]:
    """Every key of values.yaml is one of those used here, all of which are: Helm ignores others."""
    for where, found, known in (
        ("the top", manifests.values, _TOP),
        ("the deployment", manifests.deployment, _DEPLOYMENT),
        ("dagsterDaemon", manifests.values["dagsterDaemon"], _DAEMON),
    ):
        for key in set(found) ^ known:
            yield f"values.yaml: {where}: {key} stands in only one of the file and the rule"


def dagster_knows_its_settings(manifests: Manifests) -> Iterator[str]:
    """The instance of values.yaml is one; its launcher has made a job by now."""
    known = dagster_instance_config_schema()
    for error in validate_config(known, manifests.instance).errors or ():
        yield f"values.yaml: {error.message}"


def names_exist(manifests: Manifests) -> Iterator[str]:
    """What a pod names is one of the manifests, or made by the chart."""
    there = {(found["kind"], found["metadata"]["name"]) for _, found in manifests.files}
    for file, manifest in manifests.everything():
        for kind, name in _names_in(manifest):
            if (kind, name) not in there | _OF_THE_CHART:
                yield f"{file}: {_named(manifest)}: no {kind} is called {name}"
    secret = manifests.values["global"]["postgresqlSecretName"]
    if ("Secret", secret) not in there:
        yield f"values.yaml: no Secret is called {secret}"


def secrets_are_empty(manifests: Manifests) -> Iterator[str]:
    """No secret stands in a file, and none in a config map."""
    for file, manifest in manifests.files:
        if manifest["kind"] == "Secret":
            held = {**manifest.get("stringData", {}), **manifest.get("data", {})}
            for name, value in held.items():
                if value:
                    yield f"{file}: {_named(manifest)} has a value for {name}"
    if manifests.values["postgresql"].get("postgresqlPassword"):
        yield "values.yaml has a password for PostgreSQL"


def containers_have_few_rights(manifests: Manifests) -> Iterator[str]:
    """None is root or gains rights; each has limits and an image with a version tag."""
    for file, manifest in manifests.everything():
        pod = _pod(manifest)
        if pod is None:
            continue
        where = f"{file}: {_named(manifest)}"
        if not pod.get("securityContext", {}).get("runAsUser"):
            yield f"{where}: runAsUser is not set, or root"
        for container in pod["containers"]:
            rights = container.get("securityContext", {})
            if rights.get("allowPrivilegeEscalation") is not False:
                yield f"{where}: write allowPrivilegeEscalation: false"
            if rights.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{where}: keeps capabilities; write drop: [ALL]"
            if not {"cpu", "memory"} <= set(container.get("resources", {}).get("limits", {})):
                yield f"{where}: no limits of cpu and memory"
            if not _TAG.search(container["image"]):
                yield f"{where}: image {container['image']} has no version tag"


def _names_in(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for part in value:
            yield from _names_in(part)
    if isinstance(value, dict):
        for key, part in value.items():
            if key in _NAMES and isinstance(part, dict):
                field, kind = _NAMES[key]
                yield kind, str(part.get(field))
            yield from _names_in(part)


def _pod(manifest: Manifest) -> dict[str, Any] | None:
    spec = manifest.get("spec", {})
    found = spec if manifest["kind"] == "Pod" else spec.get("template", {}).get("spec")
    return found if isinstance(found, dict) else None


def _named(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest.get('metadata', {}).get('name', '')}"


RULES: Mapping[str, Callable[[Manifests], Iterator[str]]] = {
    "keys of values.yaml are spelt as the chart spells them": keys_are_known,
    f"manifests keep to the schema of Kubernetes {KUBERNETES}": schema_holds,
    "Dagster knows the settings of values.yaml": dagster_knows_its_settings,
    "what is named exists": names_exist,
    "no secret stands in a file": secrets_are_empty,
    "containers are limited and have no rights to spare": containers_have_few_rights,
}
