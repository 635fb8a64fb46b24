"""How fast a year of days x 4 tasks is looked at: all at once, against each ``complete()`` in turn.

PYTHONPATH=plugins:. python -m benchmarks.status

Two pipelines, with their markers in a PostgreSQL whose address is a named connection: ``words_count`` is
``luigi_tasks.words_count`` (two files, a marker, and a task that always runs), in ``marker_tables`` each of
the four tasks has a marker. Some of the outputs are missing. Each round asks both ways, one after the other,
and both must say the same. "New tasks" is without luigi's cache of instances, as in a process that has just
begun.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import luigi
import sqlalchemy as sa
from luigi.task_register import Register
from rich.console import Console
from rich.table import Table

from airflow_luigi.core.completeness import completeness
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.graph import walk
from airflow_luigi.core.marker import MarkerTableTarget
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


WAYS: tuple[Callable[[type[luigi.Task]], Answers], ...] = (each_in_turn, all_at_once)


def measure(root: type[luigi.Task], rounds: int, *, new_tasks: bool) -> dict[str, Any]:
    """Ask both ways, so many times, one after the other; give seconds, medians and ratios."""
    seconds: dict[str, list[float]] = {way.__name__: [] for way in WAYS}
    for _ in range(rounds):
        answers = []
        for way in WAYS:
            if new_tasks:
                Register.clear_instance_cache()
            begun = time.perf_counter()
            answers.append(way(root))
            seconds[way.__name__].append(time.perf_counter() - begun)
        assert answers[0] == answers[1], "the answers differ"
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    ratios = [one / other for one, other in zip(*seconds.values(), strict=True)]
    return {
        "seconds": {name: [round(each, 4) for each in times] for name, times in seconds.items()},
        "medians": {name: round(each, 4) for name, each in medians.items()},
        "ratio": round(medians["each_in_turn"] / medians["all_at_once"], 1),
        "ratio_min": round(min(ratios), 1),
        "ratio_max": round(max(ratios), 1),
    }


@click.command()
@click.option("--rounds", default=7, show_default=True, help="How often to ask each way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, as_json: bool) -> None:
    """Measure the matrix of a year of days x 4 tasks against each complete() in turn."""
    found: dict[str, Any] = {"dates": len(YEAR), "tasks": 4, "rounds": rounds}
    table = Table("pipeline", "tasks", "each in turn", "all at once", "times faster", "from", "to")
    with outputs():
        for name, root in PIPELINES.items():
            measure(root, 1, new_tasks=False)
            for new in (True, False):
                kind = "new_tasks" if new else "known_tasks"
                one = found.setdefault(name, {})[kind] = measure(root, rounds, new_tasks=new)
                table.add_row(
                    name,
                    "new" if new else "known",
                    *(f"{one['medians'][way.__name__] * 1000:.0f} ms" for way in WAYS),
                    *(str(one[key]) for key in ("ratio", "ratio_min", "ratio_max")),
                )
    if not as_json:
        Console().print(table)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
