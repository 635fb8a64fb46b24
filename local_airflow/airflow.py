"""An Airflow of our own: started as its separate components, stopped without a trace."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL
from typing_extensions import Self

from local_airflow import ports
from local_airflow.api import AirflowApi
from local_airflow.environment import airflow_environment, base_environment, write_luigi_config
from local_airflow.errors import ComponentDiedError
from local_airflow.guard import Guard
from local_airflow.left_overs import end_everything
from local_airflow.postgres import LocalPostgres
from local_airflow.processes import Child, stop
from local_airflow.state import StateFolder
from local_airflow.waiting import wait_for

REPO = Path(__file__).resolve().parent.parent
METADATA, WORDS = "airflow", "words"
WORDS_CONNECTION = "words_db"
API_SERVER = "API server"
# Logs are read from the disk that all components share: nobody has to serve them.
COMPONENTS = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    API_SERVER: ("api-server",),
    "DAG processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
# These two would wait for their own children, for 5 and 12 seconds.
NOTHING_TO_TIDY = ("dag-processor", "triggerer")
HEALTH = ("metadatabase", "scheduler", "triggerer", "dag_processor")
MIGRATION_DEADLINE = 300.0
HEALTH_DEADLINE = 180.0
GRACE = 4.0


class LocalAirflow:
    """Scheduler with LocalExecutor, API server, DAG processor and triggerer on an embedded PostgreSQL.

    :param state: folder that everything is written below; one Airflow at a time
    :param dags: folders with DAG files
    :param plugins: Airflow's plugins folder
    :param inputs: the folder that the pipelines read
    :param port: the API server's port; the default is one that is free
    :param base_path: the path that the UI and the API are served below, as "/team/airflow"
    :param parallelism: how many tasks may run at once
    :param env: more environment variables for Airflow's processes
    :param report: is told each step of the start in a few words, once before it begins
    """

    def __init__(
        self,
        state: Path,
        *,
        dags: Sequence[Path] = (REPO / "dags",),
        plugins: Path = REPO / "plugins",
        inputs: Path = REPO / "input",
        port: int | None = None,
        base_path: str = "",
        parallelism: int = 4,
        env: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self.state = StateFolder(state)
        self.user = "admin"
        self.password = ""
        self.port = port or 0
        self.environment: dict[str, str] = {}
        self._wanted_port = port
        self._base_path = base_path
        self._dags = [folder.resolve() for folder in dags]
        self._plugins = plugins.resolve()
        self._inputs = inputs
        self._parallelism = parallelism
        self._more_env = dict(env or {})
        self._report = report
        self._children: list[Child] = []
        self._guard: Guard | None = None
        self._postgres: LocalPostgres | None = None
        self._api: AirflowApi | None = None

    @property
    def url(self) -> str:
        """Address of the UI and the API."""
        return f"http://{ports.LOOPBACK}:{self.port}{self._base_path}"

    @property
    def output(self) -> Path:
        """The folder that the pipelines write their files to."""
        return self.state.output

    @property
    def begun(self) -> bool:
        """Whether there is anything to stop."""
        return self._guard is not None

    @property
    def words_url(self) -> URL:
        """Address of the pipelines' database, for a look from outside."""
        assert self._postgres is not None, "not started"
        return self._postgres.url(WORDS)

    @property
    def api(self) -> AirflowApi:
        """Airflow's REST API, logged in. Waiting through it ends when a component dies."""
        assert self._api is not None, "not started"
        return self._api

    def start(self, *, empty: bool = False) -> None:
        """Start everything and wait until it is healthy.

        :param empty: begin with an empty state folder
        """
        self.state.lock()
        base = base_environment(self.state)
        # What an instance left that was killed, and its guard with it.
        end_everything(self.state.path, self.state.postgres)
        if self._wanted_port is not None:
            ports.require_free(self._wanted_port)
        if empty:
            self.state.empty()
        secrets = self.state.make()
        self.password = secrets.admin_password
        write_luigi_config(self.state, self._inputs)
        self._guard = Guard(self.state.path, self.state.postgres, base)

        self._report("PostgreSQL")
        self._postgres = LocalPostgres(self.state.postgres, log=self.state.logs / "postgres.log", env=base)
        self._postgres.start()
        self.port = self._wanted_port or ports.free_ports(1)[0]
        self.environment = {
            **airflow_environment(
                base,
                self.state,
                secrets,
                repo=REPO,
                dags=self._dags,
                plugins=self._plugins,
                inputs=self._inputs,
                database=self._postgres.url(METADATA),
                port=self.port,
                parallelism=self._parallelism,
                base_path=self._base_path,
            ),
            **self._more_env,
        }
        self._postgres.create_role(WORDS, secrets.words_password)
        self._postgres.create_database(WORDS, owner=WORDS)

        self._report("Airflow's database")
        self._migrate(self._postgres)

        self._report("scheduler, API server, DAG processor, triggerer")
        self._api = AirflowApi(self.url, self.user, self.password, check=self.check_alive)
        self._start_components(*COMPONENTS)
        self._api.put_connection(
            WORDS_CONNECTION,
            conn_type="postgres",
            host=ports.LOOPBACK,
            port=self._postgres.port,
            schema=WORDS,
            login=WORDS,
            password=secrets.words_password,
        )

    def check_alive(self) -> None:
        """Raise :class:`ComponentDiedError`, with the end of the log, if a part has ended by itself."""
        for child in self._children:
            child.check_alive()
        if self._postgres is not None:
            self._postgres.check_alive()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End all that was started. May be called at any time, and again.

        :param hurry: when it becomes true, what still runs gets no more time to close down
        """
        if not self.state.locked:
            return
        stop(self._children, grace=GRACE, hurry=hurry)
        end_everything(self.state.path, self.state.postgres)
        self._children.clear()
        if self._postgres is not None:
            self._postgres.stop()
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None
        self.state.unlock()

    def kill(self, name: str) -> None:
        """End a component with all its processes by SIGKILL, as a machine that fails does.

        :param name: as :data:`COMPONENTS` has it.
        """
        (child,) = (child for child in self._children if child.name == name)
        self._children.remove(child)
        # Each is started in a session of its own.
        os.killpg(child.pid, signal.SIGKILL)
        wait_for(
            f"the end of the {name}",
            lambda: child.exit_code,
            lambda code: code is not None,
            deadline=GRACE,
            every=0.05,
        )

    def bring_back(self, name: str) -> None:
        """Start a component, as one that was killed."""
        self._children.append(self._airflow(name, *COMPONENTS[name]))

    @property
    def pids(self) -> list[int]:
        """The process id of each component; PostgreSQL is none of them."""
        return [child.pid for child in self._children]

    def crash(self) -> None:
        """End all but PostgreSQL by SIGKILL at once, tasks as well, as a machine that fails does."""
        assert self._guard is not None, "not started"
        self._guard.kill_the_others()
        self._children.clear()

    def recover(self) -> None:
        """Start the components again after a crash, and wait until they are healthy."""
        # The scheduler takes up at once what was interrupted, and each try of that needs the API server.
        self._start_components(API_SERVER, healthy=("metadatabase",))
        self._start_components(*(name for name in COMPONENTS if name != API_SERVER))

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_components(self, *names: str, healthy: Sequence[str] = HEALTH) -> None:
        began = datetime.now(timezone.utc)
        for name in names:
            self.bring_back(name)
        self.api.wait_for(
            "a healthy Airflow",
            lambda: self.api.health(since=began),
            lambda health: all(health.get(part) == "healthy" for part in healthy),
            deadline=HEALTH_DEADLINE,
            every=0.3,
        )

    def _airflow(self, name: str, *arguments: str) -> Child:
        log = self.state.logs / f"{arguments[0]}.log"
        command = [sys.executable, "-m", "airflow", *arguments]
        stop_with = signal.SIGKILL if arguments[0] in NOTHING_TO_TIDY else signal.SIGINT
        return Child(name, command, log=log, env=self.environment, cwd=self.state.path, stop_with=stop_with)

    def _migrate(self, postgres: LocalPostgres) -> None:
        # A first migration that was interrupted can't be taken up again.
        migrated = self.state.path / "migrated"
        if not migrated.exists():
            postgres.drop_database(METADATA)
        postgres.create_database(METADATA)
        migration = self._airflow("migration of Airflow's database", "db", "migrate")
        self._children.append(migration)
        code = wait_for(
            migration.name,
            lambda: migration.exit_code,
            lambda code: code is not None,
            deadline=MIGRATION_DEADLINE,
            every=0.1,
        )
        if code != 0:
            raise ComponentDiedError(f"{migration.describe_end()}\n{migration.tail()}")
        self._children.remove(migration)
        migrated.touch()
