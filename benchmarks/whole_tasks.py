"""Whole Airflow tasks: LuigiOperator, against a BashOperator that calls ``luigi``."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.result import Goal, Result, gain_row
from local_airflow.airflow import REPO, LocalAirflow
from local_airflow.errors import LocalAirflowError
from local_airflow.interrupts import Interrupts

WITH_WORK, WITHOUT_WORK = "PrintCounts", "StoreCounts"
GOALS = {WITH_WORK: Goal(at_least=1.3), WITHOUT_WORK: Goal(at_least=1.5)}
LABELS = {WITH_WORK: "four tasks to run", WITHOUT_WORK: "all complete"}
WAYS = ("bash", "operator")
TASK = "build"


class RunFailedError(LocalAirflowError):
    """A run that was to be measured has failed; the message has its log."""


def measure(rounds: int, say: Callable[[str], None]) -> Result:
    """Run both ways in one Airflow, in turn.

    :param say: is told how far it is.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, Interrupts() as interrupts:
        airflow = LocalAirflow(
            Path(folder) / "state", dags=[REPO / "benchmarks" / "dags"], parallelism=2, report=say
        )
        try:
            airflow.start()
            seconds = _run_pairs(airflow, rounds, say)
        finally:
            with interrupts.shielded() as hurry:
                airflow.stop(hurry)
    return Result(
        name="whole-tasks",
        compares="A LuigiOperator's Airflow task, against a BashOperator's that calls luigi, in one running "
        "Airflow with LocalExecutor: from its start to its end, as Airflow notes them. Both build "
        "luigi_tasks.words_count on the same PostgreSQL: PrintCounts of a new date, StoreCounts of one that "
        "is complete.",
        ratio="times faster",
        rows=[
            gain_row(
                LABELS[name],
                ("BashOperator", seconds["bash", name]),
                ("LuigiOperator", seconds["operator", name]),
                goal=GOALS[name],
            )
            for name in (WITH_WORK, WITHOUT_WORK)
        ],
    )


def _run_pairs(
    airflow: LocalAirflow, rounds: int, say: Callable[[str], None]
) -> dict[tuple[str, str], list[float]]:
    seconds: dict[tuple[str, str], list[float]] = {}
    dates = _dates()
    for name in (WITH_WORK, WITHOUT_WORK):
        for way in WAYS:
            airflow.api.wait_for_dag(f"{way}_{name}")
            airflow.api.unpause(f"{way}_{name}")
        complete = next(dates)
        # The first run of each is not counted: it makes the tables, or the date that is complete.
        for number in range(rounds + 1):
            say(f"{LABELS[name]}, pair {number} of {rounds}")
            for way in WAYS if number % 2 else reversed(WAYS):
                date = next(dates) if name == WITH_WORK else complete
                taken = _run(airflow, f"{way}_{name}", date)
                if number:
                    seconds.setdefault((way, name), []).append(taken)
    return seconds


def _dates() -> Iterator[dt.date]:
    date = dt.date(2025, 1, 1)
    while True:
        yield date
        date += dt.timedelta(days=1)


def _run(airflow: LocalAirflow, dag_id: str, date: dt.date) -> float:
    """Give how long the task of a new run took."""
    api = airflow.api
    run_id = api.trigger(dag_id, conf={"luigi_params": {"date": str(date)}})
    state = api.wait_for_run(dag_id, run_id)["state"]
    task = api.task_instance(dag_id, run_id, TASK)
    if state != "success":
        raise RunFailedError(f"{dag_id} of {date} is {state}:\n{api.logs(dag_id, run_id, TASK)}")
    return float(task["duration"])
