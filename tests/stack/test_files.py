"""What the files of the stack promise, as far as reading them tells."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_airflow.airflow import REPO
from tests.stack.compose_file import read

FILE = REPO / "docker-compose.yml"
CONTENT: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = CONTENT["services"]
JOBS = {"init", "ready", "secrets"}
EXAMPLE = REPO / ".env.example"
UNITS = {"m": 1, "g": 1024}

# What values.schema.json of the chart 1.19 has at these places.
CHART: dict[str, type] = {
    "executor": str,
    "airflowVersion": str,
    "images.airflow.repository": str,
    "images.airflow.tag": str,
    "dags.gitSync.enabled": bool,
    "dags.gitSync.repo": str,
    "dags.gitSync.branch": str,
    "dags.gitSync.subPath": str,
    "env": list,
    "secret": list,
    "extraConfigMaps": dict,
    "volumes": list,
    "volumeMounts": list,
    "fernetKeySecretName": str,
    "apiSecretKeySecretName": str,
    "jwtSecretName": str,
    "data.metadataSecretName": str,
    "data.brokerUrlSecretName": str,
    "postgresql.enabled": bool,
    "redis.enabled": bool,
    "config": dict,
    "scheduler.replicas": int,
    "triggerer.replicas": int,
    "workers.replicas": int,
    "workers.terminationGracePeriodSeconds": int,
    "workers.persistence.enabled": bool,
    "workers.keda.enabled": bool,
    "workers.keda.minReplicaCount": int,
    "workers.keda.maxReplicaCount": int,
    "workers.resources": dict,
    "logs.persistence.enabled": bool,
}


def variables(text: str) -> set[str]:
    """Give the variables that a compose file takes from ``.env``."""
    return set(re.findall(r"\$\{(\w+)", text))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_watched_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["restart"] == ("no" if name in JOBS else "unless-stopped")
    assert ("healthcheck" in service) == (name not in JOBS)
    assert service["cap_drop"] == ["ALL"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])


def test_all_services_together_fit_a_laptop() -> None:
    read_services = read(FILE, {})
    megabytes = sum(
        int(SERVICES[name]["mem_limit"][:-1]) * UNITS[SERVICES[name]["mem_limit"][-1]] * service.replicas
        for name, service in read_services.items()
        if name not in JOBS
    )
    assert megabytes <= 6 * 1024


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in ports)


def test_the_versions_of_images_are_fixed() -> None:
    images = {service["image"] for service in SERVICES.values()}
    images |= set(re.findall(r"^ARG PYTHON_IMAGE=(.+)", (REPO / "Dockerfile").read_text(), re.MULTILINE))
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)*}?$", image), image


def test_no_secret_is_in_the_file() -> None:
    secrets = {name for name in variables(FILE.read_text()) if re.search("PASSWORD|SECRET|KEY", name)}
    assert len(secrets) == 9
    for name in secrets:
        assert f"{name}: ${{{name}:-}}\n" in FILE.read_text()
    assert "password=" not in FILE.read_text().lower()


def test_the_example_of_env_documents_each_variable_with_its_default() -> None:
    files = [*REPO.glob("docker-compose*.yml")]
    text = "".join(file.read_text() for file in files)
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    documented = dict(line.split("=", 1) for line in lines)
    assert documented.keys() == variables(text)
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    assert {name: documented[name] for name in defaults} == defaults


def test_the_dockerfile_has_no_lint() -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("hadolint's wheel is not for this machine")
    result = subprocess.run([program, REPO / "Dockerfile"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_helm_values_are_at_places_that_the_chart_has() -> None:
    values = yaml.safe_load((REPO / "helm" / "values.yaml").read_text())
    assert {name: type(value) for name, value in _flat(values)} == CHART
    assert all(set(each) == {"name", "value"} for each in values["env"])
    assert all(set(each) == {"envName", "secretName", "secretKey"} for each in values["secret"])
    assert all(isinstance(options, dict) for options in values["config"].values())
    # They say the same as the compose file where both say something.
    environment = CONTENT["x-airflow-environment"]
    assert values["config"]["core"]["auth_manager"] == environment["AIRFLOW__CORE__AUTH_MANAGER"]
    assert values["executor"] == environment["AIRFLOW__CORE__EXECUTOR"]


def _flat(values: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and name not in CHART:
            found += _flat(value, f"{name}.")
        else:
            found.append((name, value))
    return found
