"""The services of docker-compose.yml as processes of this machine, where there is no Docker.

Each service's own command runs with its own environment. What Docker would give is given here: a file tree in
which the volumes are mounted (below a folder, so every path that begins in one is put below it), the other
services' addresses, a host name, and the restart policy. PostgreSQL and Redis are this machine's programs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from sqlalchemy import URL

from local_airflow.airflow import REPO
from local_airflow.api import AirflowApi
from local_airflow.environment import base_environment
from local_airflow.guard import Guard
from local_airflow.left_overs import end_everything
from local_airflow.ports import LOOPBACK
from local_airflow.postgres import SUPERUSER, LocalPostgres
from local_airflow.processes import Child, belonging_to, kill_all
from local_airflow.state import StateFolder
from local_airflow.waiting import wait_for
from tests.stack.compose_file import Service, read
from tests.stack.places import Places
from tests.wheel import build_wheel

HERE = Path(__file__).resolve().parent
START_DEADLINE = 180.0


class Stack:
    """The services of the repository's docker-compose.yml.

    :param folder: everything is written below it
    :param settings: what a ``.env`` would set
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.state = StateFolder(folder)
        values = {name: str(value) for name, value in settings.items()}
        self.services = read(REPO / "docker-compose.yml", values)
        self.places = Places(folder / "root", self.services)
        self._children: dict[str, Child] = {}
        self._begun: set[str] = set()
        self._stopped: set[str] = set()
        self._guard: Guard | None = None
        self._postgres: LocalPostgres | None = None
        self._api: AirflowApi | None = None

    @property
    def api(self) -> AirflowApi:
        """Airflow's REST API, logged in. While it waits, services that died are started again."""
        assert self._api is not None, "not started"
        return self._api

    @property
    def output(self) -> Path:
        """The volume of the pipelines' files."""
        return self.places.path("/opt/airflow/output")

    @property
    def words_url(self) -> URL:
        """Address of the pipelines' database, for a look from outside."""
        assert self._postgres is not None, "not started"
        return self._postgres.url("words")

    def start(self) -> None:
        """Start all services, each when those that it depends on are as far as it wants them."""
        self.state.lock()
        self.state.make()
        self._base = base_environment(self.state)
        self._guard = Guard(self.state.path, self.state.postgres, self._base)
        self.places.mount()
        with zipfile.ZipFile(build_wheel(self.state.path / "wheel")) as wheel:
            wheel.extractall(self.state.path / "site")
        for name in self.services:
            self._begin(name)
        for name in self.names():
            self.wait_until_healthy(name)
        password = self.places.path("/secrets/airflow/admin_password").read_text()
        url = f"http://{LOOPBACK}:{self.places.port('api-server')}"
        self._api = AirflowApi(url, "admin", password, check=self.restart_the_dead)

    def stop(self) -> None:
        """End everything at once, and leave nothing."""
        if not self.state.locked:
            return
        end_everything(self.state.path, self.state.postgres)
        for child in self._children.values():
            child.send(signal.SIGKILL)
        if self._postgres is not None:
            self._postgres.stop()
        if self._guard is not None:
            self._guard.dismiss()
        self.state.unlock()

    def names(self) -> list[str]:
        """Give the names of the containers that there would be; of those, that run on."""
        return [
            name
            for service in self.services.values()
            if service.health is not None
            for name in _container_names(service)
        ]

    def child(self, name: str) -> Child:
        """Give the main process of a container."""
        return self._children[name]

    def processes(self, name: str) -> list[psutil.Process]:
        """Give all processes of a container, whoever is their parent."""
        found = []
        for process in belonging_to(self.state.path):
            with suppress(psutil.Error):
                if process.environ().get("HOSTNAME") == name and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def kill(self, name: str) -> None:
        """End all processes of a container, as a host that fails does; it will be started again."""
        if name == "postgres":
            assert self._postgres is not None
            self._postgres.stop()
        kill_all(lambda: self.processes(name))

    def ask_to_stop(self, name: str) -> None:
        """Send a container's main process SIGTERM, as ``docker stop`` does; nobody starts it again."""
        self._stopped.add(name)
        self.child(name).send(signal.SIGTERM)

    def bring_back(self, name: str) -> None:
        """Start a container again that has stopped."""
        self._stopped.discard(name)
        self.restart_the_dead()
        self.wait_until_healthy(name)

    def restart_the_dead(self) -> None:
        """Do what the restart policy says."""
        if self._postgres is not None and "postgres" not in self._stopped and not self._postgres.runs:
            self._postgres.start()
        for name, child in list(self._children.items()):
            service = self.services[_service_name(name, self.services)]
            if child.exit_code is not None and service.restarts and name not in self._stopped:
                self._children[name] = self._child(service, name)

    def wait_until_healthy(self, name: str) -> None:
        """Wait until a container's own health check succeeds."""
        service = self.services[_service_name(name, self.services)]
        assert service.health is not None
        command = self.places.here(service, service.health)

        def check() -> subprocess.CompletedProcess[str]:
            self.restart_the_dead()
            return subprocess.run(
                command,
                env=self._environment(service, name),
                cwd=self.places.path(service.working_dir),
                capture_output=True,
                text=True,
            )

        wait_for(
            f"{name} to be healthy",
            check,
            lambda result: result.returncode == 0,
            deadline=START_DEADLINE,
            describe=lambda result: (
                (result.stdout + result.stderr).strip() or f"exit code {result.returncode}"
            ),
        )

    def _begin(self, name: str) -> None:
        """Start a service, after what it depends on."""
        if name in self._begun:
            return
        self._begun.add(name)
        service = self.services[name]
        for other, condition in service.depends_on.items():
            self._begin(other)
            if condition == "service_healthy":
                for each in _container_names(self.services[other]):
                    self.wait_until_healthy(each)
            else:
                self._wait_for_end(other)
        if name == "postgres":
            self._start_postgres(service)
            return
        for each in _container_names(service):
            self._children[each] = self._child(service, each)

    def _wait_for_end(self, name: str) -> None:
        child = self._children[name]
        code = wait_for(
            f"the end of {name}",
            lambda: child.exit_code,
            lambda code: code is not None,
            deadline=START_DEADLINE,
            every=0.1,
        )
        assert code == 0, f"{child.describe_end()}\n{child.tail()}"

    def _start_postgres(self, service: Service) -> None:
        """Start a server where its image's entrypoint would, and run the scripts that are mounted for it."""
        environment = self._environment(service, "postgres")
        log = self.state.logs / "postgres.log"
        self._postgres = LocalPostgres(
            self.state.postgres,
            log=log,
            env={**self._base, "HOSTNAME": "postgres"},
            port=self.places.port("postgres"),
        )
        self._postgres.start()
        folder = self._postgres.url("postgres").query["host"]
        for script in sorted(self.places.path("/docker-entrypoint-initdb.d").iterdir()):
            server = [
                "--host",
                str(folder),
                "--port",
                str(self.places.port("postgres")),
                "--username",
                SUPERUSER,
            ]
            subprocess.run(
                [self._postgres.program("psql"), *server, "-v", "ON_ERROR_STOP=1", "--file", script],
                env=environment,
                check=True,
                capture_output=True,
            )

    def _child(self, service: Service, name: str) -> Child:
        command = self.places.here(service, service.command)
        if service.name == "redis":
            command += ["--bind", LOOPBACK, "--port", str(self.places.port("redis"))]
        return Child(
            name,
            command,
            log=self.state.logs / f"{name}.log",
            env=self._environment(service, name),
            cwd=self.places.path(service.working_dir),
            stop_with=signal.SIGTERM,
        )

    def _environment(self, service: Service, name: str) -> dict[str, str]:
        values = dict(
            zip(service.environment, self.places.here(service, service.environment.values()), strict=True)
        )
        python_path = [
            HERE / "hostname",
            self.state.path / "site",
            *filter(None, [values.get("PYTHONPATH")]),
            REPO,
        ]
        programs = [Path(sys.executable).parent]
        if self._postgres is not None:
            programs.append(self._postgres.program("psql").parent)
        return {
            **self._base,
            **values,
            "HOSTNAME": name,
            "HOME": str(self.state.path),
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
            "PATH": os.pathsep.join([*map(str, programs), self._base.get("PATH", os.defpath)]),
            "PYTHONPATH": os.pathsep.join(map(str, python_path)),
        }


def _container_names(service: Service) -> list[str]:
    if service.replicas == 1:
        return [service.name]
    return [f"{service.name}-{number}" for number in range(1, service.replicas + 1)]


def _service_name(container: str, services: Mapping[str, Service]) -> str:
    return container if container in services else container.rpartition("-")[0]
