"""How fast a year of days x 4 tasks is looked at: all at once, against each ``complete()`` in turn.

Two pipelines, with their markers in a PostgreSQL whose address is a named connection: ``words_count`` is
``luigi_tasks.words_count`` (two files, a marker, and a task that always runs), in ``marker_tables`` each of
the four tasks has a marker. Some of the outputs are missing. Each round asks both ways, one after the other,
and both must say the same.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import luigi
import sqlalchemy as sa
from luigi.task_register import Register

from airflow_luigi.core.completeness import completeness
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.graph import walk
from airflow_luigi.core.marker import MarkerTableTarget
from benchmarks.result import Goal, Result, gain_row
from local_airflow.postgres import LocalPostgres
from luigi_tasks.words_count import PrintCounts, StoreCounts

DATABASE = "benchmark_words_db"
ROLE = "words"
YEAR = [dt.date(2026, 1, 1) + dt.timedelta(days) for days in range(365)]

Answers = list[dict[str, bool]]


class Marked(luigi.Task):
    """Has a marker for each date."""

    date = luigi.DateParameter()
    database = luigi.Parameter()

    def output(self) -> MarkerTableTarget:
        return MarkerTableTarget(self.database, self.task_family, f"{self.task_family}_{self.date}")


class Extract(Marked):
    """The first of four."""


class Clean(Marked):
    """The second."""

    def requires(self) -> luigi.Task:
        return Extract(self.date, self.database)


class Load(Marked):
    """The third."""

    def requires(self) -> luigi.Task:
        return Clean(self.date, self.database)


class Publish(Marked):
    """The last."""

    def requires(self) -> luigi.Task:
        return Load(self.date, self.database)


PIPELINES: dict[str, type[luigi.Task]] = {"words_count": PrintCounts, "marker_tables": Publish}
# A file is looked at in microseconds, whoever asks: what is asked at once are markers.
GOALS = {"marker_tables": Goal(at_least=30)}


class AnswersDifferError(Exception):
    """The two ways do not say the same."""


@contextmanager
def outputs() -> Iterator[None]:
    """A year of outputs, of which every 30th file and every 40th marker is missing."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        LocalPostgres(Path(folder) / "data") as server,
    ):
        password = secrets.token_hex(8)
        server.create_role(ROLE, password)
        server.create_database(ROLE, owner=ROLE)
        address = f"postgresql://{ROLE}:{password}@127.0.0.1:{server.port}/{ROLE}"
        os.environ[f"AIRFLOW_CONN_{DATABASE.upper()}"] = address
        output = Path(folder) / "output"
        output.mkdir()
        with luigi_settings({"folders": {"outputs": output}}):
            _fill(output)
            yield


def _fill(output: Path) -> None:
    for number, date in enumerate(YEAR):
        for name in ("words", "count"):
            if number % 30 != (7 if name == "count" else 11):
                (output / f"{name}_{date}.csv").touch()
    tasks: tuple[type[Any], ...] = (StoreCounts, Extract, Clean, Load, Publish)
    targets = [
        task(date=date, database=DATABASE).output()
        for task in tasks
        for number, date in enumerate(YEAR)
        if number % 40 != 3
    ]
    targets[0].touch()
    with targets[0].engine.begin() as connection:
        markers = sa.Table("table_updates", sa.MetaData(), autoload_with=connection)
        connection.execute(markers.insert(), [_marker(target) for target in targets[1:]])


def _marker(target: MarkerTableTarget) -> dict[str, Any]:
    return {"update_id": target.update_id, "target_table": target.target_table, "inserted": dt.datetime.now()}


def each_in_turn(root: type[luigi.Task]) -> Answers:
    """Make each date's tasks, and ask each one."""
    return [
        {task.task_family: task.complete() for task in walk(root(date=date, database=DATABASE))}
        for date in YEAR
    ]


def all_at_once(root: type[luigi.Task]) -> Answers:
    """Make the matrix."""
    matrix = completeness(root, {"database": DATABASE}, "date", YEAR[0], YEAR[-1])
    return [
        {family: code == "C" for family, code in zip(matrix.families, states, strict=True)}
        for states in matrix.states
    ]


def ask_both(root: type[luigi.Task], rounds: int, *, new_tasks: bool) -> dict[str, list[float]]:
    """Ask both ways, so many times, one after the other; give the seconds of each."""
    seconds: dict[str, list[float]] = {way.__name__: [] for way in (each_in_turn, all_at_once)}
    for _ in range(rounds):
        answers = []
        for way in (each_in_turn, all_at_once):
            if new_tasks:
                Register.clear_instance_cache()
            begun = time.perf_counter()
            answers.append(way(root))
            seconds[way.__name__].append(time.perf_counter() - begun)
        if answers[0] != answers[1]:
            raise AnswersDifferError(f"{root.task_family}: asked at once, the tasks say something else.")
    return seconds


def measure(rounds: int, say: Callable[[str], None]) -> Result:
    """Ask about a year both ways.

    :param say: is told how far it is.
    """
    rows = []
    say("PostgreSQL")
    with outputs():
        for name, root in PIPELINES.items():
            say(name)
            ask_both(root, 1, new_tasks=False)
            for new in (True, False):
                seconds = ask_both(root, rounds, new_tasks=new)
                row = gain_row(
                    f"{name}, {'new' if new else 'known'} tasks",
                    ("each in turn", seconds["each_in_turn"]),
                    ("all at once", seconds["all_at_once"]),
                    goal=GOALS.get(name),
                )
                rows.append(row)
    return Result(
        name="status",
        compares="The status of 365 dates x 4 tasks, asked at once, against each task's complete() in turn. "
        "marker_tables: four markers in PostgreSQL; words_count: two files, a marker, a task that always "
        "runs. New tasks are made anew, as in a process that has just begun.",
        ratio="times faster",
        rows=rows,
    )
