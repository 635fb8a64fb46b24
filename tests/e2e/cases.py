"""Runs of the tests' DAGs, and what they left in Airflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from local_airflow.airflow import LocalAirflow
from local_airflow.api import AirflowApi
from local_airflow.interrupts import Interrupts
from local_airflow.processes import belonging_to

RETRIED, NOT_RETRIED = 2, 1


class HasApi(Protocol):
    """An Airflow, however it was started."""

    @property
    def api(self) -> AirflowApi:
        """Its REST API, logged in."""
        ...


@dataclass(frozen=True)
class Run:
    """One DAG run that has ended."""

    airflow: HasApi
    dag_id: str
    run_id: str
    state: str

    def report(self, task_id: str = "build") -> dict[str, Any]:
        """Give the build report that the task left in XCom."""
        report: dict[str, Any] = self.airflow.api.xcom(self.dag_id, self.run_id, task_id)
        return report

    def ran(self, task_id: str = "build") -> list[str]:
        """Give the families of the Luigi tasks that ran, in alphabetical order."""
        return sorted(task["family"] for task in self.report(task_id)["tasks"] if task["state"] == "ran")

    def task(self, task_id: str = "build") -> dict[str, Any]:
        """Give Airflow's task instance."""
        instance: dict[str, Any] = self.airflow.api.task_instance(self.dag_id, self.run_id, task_id)
        return instance

    def log(self, task_id: str = "build", try_number: int = 1) -> str:
        """Give the log of one try."""
        return self.airflow.api.logs(self.dag_id, self.run_id, task_id, try_number)


@contextmanager
def state_folder() -> Iterator[Path]:
    """Make a folder for an Airflow.

    Not among pytest's own: another pytest that starts as root closes those for PostgreSQL, which then runs as
    another user.
    """
    with TemporaryDirectory(prefix="airflow-") as folder:
        yield Path(folder) / "state"


@contextmanager
def running(airflow: LocalAirflow) -> Iterator[None]:
    """Start an Airflow for the length of the block, and see that nothing of it is left."""
    try:
        airflow.start()
        yield
    finally:
        # Neither may a second Ctrl-C leave processes behind.
        with Interrupts() as interrupts, interrupts.shielded() as hurry:
            airflow.stop(hurry)
    assert belonging_to(airflow.state.path) == []


def start(airflow: HasApi, dag_id: str, **arguments: Any) -> str:
    """Start a run by hand, as ``airflow dags trigger`` does."""
    airflow.api.wait_for_dag(dag_id)
    airflow.api.unpause(dag_id)
    return airflow.api.trigger(dag_id, **arguments)


def finished(airflow: HasApi, dag_id: str, run_id: str) -> Run:
    """Wait until a run has ended."""
    run = airflow.api.wait_for_run(dag_id, run_id)
    return Run(airflow, dag_id, run_id, run["state"])


def trigger(airflow: HasApi, dag_id: str, **arguments: Any) -> Run:
    """Start a run by hand and wait until it has ended."""
    return finished(airflow, dag_id, start(airflow, dag_id, **arguments))


def backfill(
    airflow: HasApi,
    dag_id: str,
    first: datetime,
    last: datetime,
    *,
    count: int,
    reprocess: str = "none",
    max_active_runs: int = 10,
) -> list[Run]:
    """Run Airflow's own backfill, and give its runs, oldest first."""
    airflow.api.wait_for_dag(dag_id)
    airflow.api.unpause(dag_id)
    backfill_id = airflow.api.create_backfill(
        dag_id, first, last, reprocess_behavior=reprocess, max_active_runs=max_active_runs
    )
    runs = airflow.api.wait_for_runs(
        dag_id, count, logical_date_gte=first.isoformat(), logical_date_lte=last.isoformat()
    )
    airflow.api.close_backfill(backfill_id)
    return [Run(airflow, dag_id, run["dag_run_id"], run["state"]) for run in runs]


def verdict(run: Run) -> tuple[str, int]:
    """Give the task's state, and how often it was tried."""
    task = run.task()
    return task["state"], task["try_number"]


def error_in(log: str) -> str:
    """Give the part of a log that tells the error."""
    return log[log.index(" error Task failed with exception") :]


def assert_a_leaf_grew(run: Run) -> None:
    """Check a run whose Luigi task has written one file: state, report, and each log record once."""
    assert verdict(run) == ("success", 1)
    (task,) = run.report()["tasks"]
    assert (task["family"], task["state"], task["params"]["name"]) == ("Leaf", "ran", run.run_id)
    log = run.log()
    assert len(re.findall(rf" warning leaf {re.escape(run.run_id)} grows", log)) == 1
    assert len(re.findall(r" info .* running   Leaf\(", log)) == 1
    assert " info 1 of 1 tasks, 0 running, 0 failed" in log
    assert "task.stderr" not in log


def assert_a_leaf_was_rotten(run: Run, name: str) -> None:
    """Check a run whose Luigi task has failed: it was tried again, and the log has the task's traceback."""
    assert verdict(run) == ("failed", RETRIED)
    error = error_in(run.log())
    assert f"ValueError: leaf {name} is rotten" in error
    assert 'raise ValueError(f"leaf {self.name} is rotten")' in error
