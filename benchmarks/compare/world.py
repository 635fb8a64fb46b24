"""What all ways share: the word lists that come in, a folder of files, a database, and one Airflow."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from benchmarks.compare.pipelines import DATABASE, PIECES_VARIABLE
from local_airflow.airflow import REPO, LocalAirflow
from local_airflow.environment import base_environment, write_luigi_config
from local_airflow.guard import Guard
from local_airflow.left_overs import end_everything
from local_airflow.ports import LOOPBACK
from local_airflow.postgres import LocalPostgres
from local_airflow.state import StateFolder

HERE = Path(__file__).resolve().parent
ROLE = "words"
WORDS_A_LIST = 1000
PARALLEL_TASKS = 2
AIRFLOW_SETTINGS = {
    # What is tried again is tried again at once.
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
    # An ended task may hold its slot until the next heartbeat, by default for five seconds.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # By default the tasks of a scheduler that is gone are missed within five minutes.
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "40",
    "AIRFLOW_CONN_FS_DEFAULT": "fs:///",
}


class World:
    """The place that every way works in, one after the other; it is emptied in between.

    :param folder: everything is written below it
    :param pieces: how many tasks the fan-out has
    :param dags: folders with more DAG files, for ways that are not from here
    :param report: is told each longer step, once before it begins
    """

    def __init__(
        self,
        folder: Path,
        *,
        pieces: int,
        dags: Sequence[Path] = (),
        report: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self.state = StateFolder(folder)
        self.inputs = self.state.path / "input"
        self.outputs = self.state.output
        self.pieces = pieces
        self._dags = [REPO / "dags", HERE / "dags", *dags]
        self._report = report
        self._settings: dict[str, str] = {}
        self._guard: Guard | None = None
        self._postgres: LocalPostgres | None = None
        self._airflow: LocalAirflow | None = None
        self._engine: sa.Engine | None = None

    @property
    def begun(self) -> bool:
        """Whether an Airflow runs, which takes a while to stop."""
        return self._airflow is not None

    @property
    def engine(self) -> sa.Engine:
        """The pipelines' database, with the rights to look at everything in it."""
        assert self._engine is not None, "not started"
        return self._engine

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that run the pipelines without Airflow."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**base_environment(self.state), **self._settings, "PATH": programs}

    def start(self) -> None:
        """Make the folders and the database; Airflow is started by the first way that needs it."""
        self.state.lock()
        base = base_environment(self.state)
        end_everything(self.state.path, self.state.postgres)
        self.state.empty()
        self.state.make()
        write_luigi_config(self.state, self.inputs)
        self._guard = Guard(self.state.path, self.state.postgres, base)
        self._postgres = LocalPostgres(self.state.postgres, log=self.state.logs / "postgres.log", env=base)
        self._postgres.start()
        password = secrets.token_urlsafe(12)
        self._postgres.create_role(ROLE, password)
        self._postgres.create_database(ROLE, owner=ROLE)
        self._engine = sa.create_engine(self._postgres.url(ROLE), poolclass=sa.NullPool)
        address = f"postgresql://{ROLE}:{password}@{LOOPBACK}:{self._postgres.port}/{ROLE}"
        self._settings = {
            "LUIGI_CONFIG_PATH": str(self.state.luigi_config),
            f"AIRFLOW_CONN_{DATABASE.upper()}": address,
            "AIRFLOW_VAR_WORDS_INPUTS": str(self.inputs),
            "AIRFLOW_VAR_WORDS_OUTPUTS": str(self.outputs),
            PIECES_VARIABLE: str(self.pieces),
            "PYTHONPATH": os.pathsep.join(map(str, (REPO, REPO / "plugins"))),
        }
        self.reset()

    def airflow(self) -> LocalAirflow:
        """Give the Airflow that all ways share, started."""
        if self._airflow is None:
            env = {**AIRFLOW_SETTINGS, **self._settings}
            self._airflow = LocalAirflow(
                self.state.path / "airflow_state",
                dags=self._dags,
                inputs=self.inputs,
                parallelism=PARALLEL_TASKS,
                env=env,
                report=self._report,
            )
            self._airflow.start(empty=True)
        return self._airflow

    def stop_airflow(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End Airflow, if it runs."""
        if self._airflow is not None:
            self._airflow.stop(hurry)
            self._airflow = None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End all that was started. May be called at any time, and again."""
        self.stop_airflow(hurry)
        if not self.state.locked:
            return
        end_everything(self.state.path, self.state.postgres)
        if self._postgres is not None:
            self._postgres.stop()
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None
        self.state.unlock()

    def kill_programs(self) -> None:
        """End all that was started with :attr:`environment`, by SIGKILL, as a machine that fails does."""
        assert self._guard is not None, "not started"
        self._guard.kill_the_others()

    def reset(self) -> None:
        """Delete all word lists, and all files and tables that a way has made."""
        for folder in (self.inputs, self.outputs):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        # The words of every date that has no list of its own: of the run that Airflow's schedule adds.
        (self.inputs / "words.csv").write_text("words\n")
        with self.engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text(f'CREATE SCHEMA public AUTHORIZATION "{ROLE}"'))

    def put_words(self, day: date, version: int = 1) -> None:
        """Lay out the word list of a date, whole at once.

        :param day: the date
        :param version: another one gives other words
        """
        letters = random.Random(f"{day} {version}")  # noqa: S311 (the same words each time)
        words = [
            "".join(letters.choices("abcdefghij", k=letters.randint(1, 20))) for _ in range(WORDS_A_LIST)
        ]
        beside = self.inputs / f"{day}.new"
        beside.write_text("\n".join(["words", *words, ""]))
        beside.rename(self.word_list(day))

    def word_list(self, day: date) -> Path:
        """Give where the word list of a date is."""
        return self.inputs / f"words_{day}.csv"
