"""What docker-compose.yml says, read as Compose reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::-([^}]*)|:\?[^}]*)?\})")


@dataclass(frozen=True)
class Service:
    """One service.

    :param environment: its variables
    :param volumes: what is mounted -> where
    :param depends_on: service -> the condition that it must have met
    :param health: the command that tells whether it is well; None for a job
    :param ports: the ports that it listens on, of those that are published
    :param restarts: whether it is started again when it ends by itself
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    volumes: dict[str, str]
    working_dir: str
    depends_on: dict[str, str]
    health: tuple[str, ...] | None
    ports: tuple[int, ...]
    replicas: int
    restarts: bool


def read(file: Path, settings: Mapping[str, str], more: Path | None = None) -> dict[str, Service]:
    """Read the services that start without a profile.

    :param file: the compose file
    :param settings: the variables that a ``.env`` would set
    :param more: a second file, which sets more variables of services
    """
    services = _services(file, settings)
    for name, found in (_services(more, settings) if more else {}).items():
        services[name]["environment"] = {**services[name]["environment"], **found["environment"]}
    return {name: _service(name, found) for name, found in services.items() if "profiles" not in found}


def _services(file: Path, settings: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = _filled_in(yaml.safe_load(file.read_text()), settings)["services"]
    return services


def _service(name: str, found: Mapping[str, Any]) -> Service:
    test = found.get("healthcheck", {}).get("test")
    mounts = [mount.split(":") for mount in found.get("volumes", ())]
    return Service(
        name=name,
        command=tuple(found["command"]),
        environment={key: str(value) for key, value in found.get("environment", {}).items()},
        volumes={source: target for source, target, *_read_only in mounts},
        working_dir=found.get("working_dir", "/"),
        depends_on={each: on["condition"] for each, on in found.get("depends_on", {}).items()},
        health=None if test is None else tuple(test[1:] if test[0] == "CMD" else ("sh", "-c", *test[1:])),
        ports=tuple(int(port.rpartition(":")[2]) for port in found.get("ports", ())),
        replicas=int(found.get("deploy", {}).get("replicas", 1)),
        restarts=found["restart"] != "no",
    )


def _filled_in(value: Any, settings: Mapping[str, str]) -> Any:
    """Put the settings, or the defaults that are given, where ``${NAME:-default}`` stands."""
    if isinstance(value, dict):
        return {key: _filled_in(each, settings) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled_in(each, settings) for each in value]
    if isinstance(value, str):
        return _VARIABLE.sub(
            lambda found: (settings.get(found[1]) or found[2] or "") if found[1] else "$", value
        )
    return value
