"""The manifests of deploy/k8s and the pods that Dagster's Helm chart makes of values.yaml.

The chart itself is not installed: what it does with the few values used here is written down. Not
here: what is wrong with them (manifests_rules.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import yaml
from dagster._config import process_config
from dagster._core.errors import DagsterInvalidConfigError
from dagster._core.utils import make_new_run_id
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from kubernetes.client import ApiClient

VALUES = "values.yaml"
RELEASE = "last-mile"  # as `helm upgrade --install` is told
INSTANCE = f"{RELEASE}-dagster-instance"  # what the chart calls the config map with dagster.yaml
Manifest = dict[str, Any]


class ManifestError(Exception):
    """A file that cannot be read as what it should be."""


@dataclass(frozen=True)
class Manifests:
    """Every manifest with the file it stands in, and the chart's values."""

    files: list[tuple[str, Manifest]]
    values: Mapping[str, Any]

    @property
    def deployment(self) -> Manifest:
        """The code location of values.yaml."""
        (only,) = self.values["dagster-user-deployments"]["deployments"]
        found: Manifest = only
        return found

    @property
    def launcher(self) -> dict[str, Any]:
        """What values.yaml configures the run launcher with, as Dagster spells it."""
        return _snake(self.values["runLauncher"]["config"]["k8sRunLauncher"])

    @property
    def instance(self) -> dict[str, Any]:
        """The parts of dagster.yaml that come from values.yaml."""
        daemon = self.values["dagsterDaemon"]
        queue = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]
        return {
            "run_coordinator": {
                "module": "dagster.core.run_coordinator", "class": "QueuedRunCoordinator",
                "config": _snake(queue),
            },
            "run_monitoring": _snake(daemon["runMonitoring"]),
            "run_retries": _snake(daemon["runRetries"]),
            "telemetry": self.values["telemetry"],
            **self.values["additionalInstanceConfig"],
        }  # fmt: skip

    def run(self) -> Manifest:
        """The job of a run, as the launcher of dagster_k8s makes it of its configuration.

        Raises:
            ManifestError: The launcher knows no such setting, or Kubernetes no such field.
        """
        given = {
            **self.launcher,
            "postgres_password_secret": self.values["global"]["postgresqlSecretName"],
        }
        run = dg.DagsterRun(job_name="daily", run_id=make_new_run_id())
        try:
            with TemporaryDirectory() as folder:
                launcher = _launcher(given, Path(folder) / "kubeconfig")
            context = K8sContainerContext.create_for_run(run, launcher, include_run_tags=True)
            job = construct_dagster_k8s_job(
                context.get_k8s_job_config(_image(self.deployment), launcher),
                ["dagster", "api", "execute_run"], "dagster-run", context.run_k8s_config,
            )  # fmt: skip
        except Exception as error:  # of a misspelt field the launcher raises just that
            raise ManifestError(f"{VALUES}: the run launcher refuses it: {error}") from error
        made: Manifest = ApiClient().sanitize_for_serialization(job)
        return made

    def code_server(self) -> Manifest:
        """The pod of the code location: what the chart puts where it belongs."""
        code = self.deployment
        sources = [
            *({"configMapRef": one} for one in code["envConfigMaps"]),
            *({"secretRef": one} for one in code["envSecrets"]),
        ]
        container = {
            "name": code["name"], "image": _image(code), "envFrom": sources,
            "imagePullPolicy": code["image"]["pullPolicy"],
            "args": ["dagster", "api", "grpc", *code["dagsterApiGrpcArgs"]],
            "ports": [{"containerPort": code["port"]}],
            **{key: code[key] for key in ("volumeMounts", "securityContext", "resources")},
        }  # fmt: skip
        pod = {
            "containers": [container],
            "volumes": code["volumes"],
            "securityContext": code["podSecurityContext"],
        }
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "code"}, "spec": pod}

    def everything(self) -> Iterator[tuple[str, Manifest]]:
        """All manifests, those made of values.yaml too."""
        yield from self.files
        yield VALUES, self.code_server()
        yield VALUES, self.run()


def read_manifests(folder: Path) -> Manifests:
    """Read deploy/k8s.

    Raises:
        ManifestError: A file is no YAML, or has a document that is no manifest.
    """
    files, values = list[tuple[str, Manifest]](), dict[str, Any]()
    for path in sorted(folder.glob("*.yaml")):
        try:
            documents = list(yaml.safe_load_all(path.read_text("utf-8")))
        except yaml.YAMLError as error:
            raise ManifestError(f"{path.name} is no YAML: {error}") from error
        if path.name == VALUES:
            (values,) = documents
            continue
        for document in documents:
            if not isinstance(document, dict) or not {"apiVersion", "kind"} <= set(document):
                raise ManifestError(f"{path.name} has a document without apiVersion and kind")
            files.append((path.name, document))
    return Manifests(files, values)


def _launcher(given: Mapping[str, Any], kubeconfig: Path) -> K8sRunLauncher:
    """The launcher, for a cluster that nobody asks."""
    cluster = {"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "none", "context": {"cluster": "none", "user": "none"}}
    kubeconfig.write_text(
        yaml.safe_dump({
            "current-context": "none", "clusters": [cluster], "contexts": [context],
            "users": [{"name": "none", "user": {}}],
        }), "utf-8",
    )  # fmt: skip
    of_the_chart = {
        "load_incluster_config": False, "kubeconfig_file": str(kubeconfig),
        "service_account_name": RELEASE, "instance_config_map": INSTANCE,
        "dagster_home": "/opt/dagster/dagster_home",
    }  # fmt: skip
    named = ("env_config_maps", "env_secrets")
    names = {key: [one["name"] for one in given.get(key, ())] for key in named}
    config = {**given, **names, **of_the_chart}
    read = process_config(K8sRunLauncher.config_type(), config)
    if not read.success:
        raise DagsterInvalidConfigError("the launcher of values.yaml", read.errors, config)
    made: K8sRunLauncher = K8sRunLauncher.from_config_value(None, read.value)
    return made


def _image(code: Manifest) -> str:
    return f"{code['image']['repository']}:{code['image']['tag']}"


def _snake(value: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as Dagster spells them; what belongs to Kubernetes below them is left alone."""
    spelt = {re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): part for key, part in value.items()}
    inner = spelt.get("run_k8s_config")
    return {**spelt, "run_k8s_config": _snake(inner)} if inner else spelt
