"""A project of docker compose, driven from the outside as a person does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_airflow.airflow import REPO
from local_airflow.api import AirflowApi
from local_airflow.ports import LOOPBACK, free_ports

PROJECT_LABEL = "com.docker.compose.project"


class ComposeError(Exception):
    """A docker command failed; the message has what it said."""


def why_no_docker() -> str | None:
    """Say why docker compose can't be used here; None if it can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    for command in (["docker", "compose", "version"], ["docker", "info"]):
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            return f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}"
    return None


@dataclass
class Compose:
    """The repository's docker-compose.yml, as a project of its own.

    :param name: the project's name
    :param folder: for its .env
    :param settings: what its .env sets, on top of free ports
    """

    name: str
    folder: Path
    settings: Mapping[str, object]
    api: AirflowApi = field(init=False)

    def __post_init__(self) -> None:
        self.port, luigid = free_ports(2)
        settings = {"AIRFLOW_PORT": self.port, "LUIGID_PORT": luigid, **self.settings}
        self.env_file = self.folder / ".env"
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def __call__(self, *arguments: str, files: tuple[str, ...] = (), timeout: float = 300) -> str:
        """Run a command of docker compose; give what it prints."""
        chosen = [word for file in files for word in ("--file", str(REPO / file))]
        command = ["compose", "--project-name", self.name, "--env-file", str(self.env_file), *chosen]
        return docker(*command, *arguments, timeout=timeout)

    def up(self) -> None:
        """Build the image and start everything; returns when the service ``ready`` has said its line."""
        self("build", "--quiet", "init", timeout=1500)
        self("up", "--detach", timeout=600)
        password = self("exec", "-T", "api-server", "cat", "/secrets/airflow/admin_password")
        self.api = AirflowApi(f"http://{LOOPBACK}:{self.port}", "admin", password)

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Give the project's containers, those that ended too."""
        lines = self("ps", "--all", "--format", "json", *services).splitlines()
        return [json.loads(line) for line in lines]

    def left(self) -> list[str]:
        """Give the names of all that the engine has of this project."""
        mine = ("--filter", f"label={PROJECT_LABEL}={self.name}")
        return [
            line
            for kind in (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
            for line in docker(*kind, "--quiet", *mine).splitlines()
        ]


def docker(*arguments: str, timeout: float = 300) -> str:
    """Run a docker command; give what it prints."""
    # What the tests' own environment sets would win over the project's .env.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COMPOSE_"))}
    result = subprocess.run(
        ["docker", *arguments], cwd=REPO, env=env, capture_output=True, text=True, timeout=timeout
    )
    if result.returncode != 0:
        raise ComposeError(f"docker {' '.join(arguments)}:\n{(result.stdout + result.stderr)[-4000:]}")
    return result.stdout
