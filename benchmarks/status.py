"""How fast a year of days x 4 tasks is looked at: all at once, against each ``complete()`` in turn.

PYTHONPATH=plugins:. python -m benchmarks.status

The pipeline is ``luigi_tasks.words_count`` with its markers in PostgreSQL, whose address is a named
connection, and its files in one folder. Of its outputs some are missing. Each round asks both ways, in turn,
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
FAMILIES = ("PrintCounts", "StoreCounts", "Count", "Words")

Answers = list[dict[str, bool]]


@contextmanager
def pipeline() -> Iterator[None]:
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
    targets = [StoreCounts(date, DATABASE).output() for number, date in enumerate(YEAR) if number % 40 != 3]
    targets[0].touch()
    with targets[0].engine.begin() as connection:
        markers = sa.Table("table_updates", sa.MetaData(), autoload_with=connection)
        connection.execute(markers.insert(), [_marker(target) for target in targets[1:]])


def _marker(target: MarkerTableTarget) -> dict[str, Any]:
    return {"update_id": target.update_id, "target_table": target.target_table, "inserted": dt.datetime.now()}


def each_in_turn() -> Answers:
    """Make each date's tasks, and ask each one."""
    return [
        {task.task_family: task.complete() for task in walk(PrintCounts(date=date, database=DATABASE))}
        for date in YEAR
    ]


def all_at_once() -> Answers:
    """Make the matrix."""
    matrix = completeness(PrintCounts, {"database": DATABASE}, "date", YEAR[0], YEAR[-1])
    complete = {code: code == "C" for code in "CMGXA"}
    return [
        dict(zip(matrix.families, map(complete.__getitem__, states), strict=True)) for states in matrix.states
    ]


def measure(rounds: int) -> dict[str, Any]:
    """Ask both ways, so many times in turn; give seconds, medians and ratios."""
    ways: tuple[tuple[str, Callable[[], Answers]], ...] = (
        ("each_in_turn", each_in_turn),
        ("all_at_once", all_at_once),
    )
    found: dict[str, Any] = {"dates": len(YEAR), "tasks": len(FAMILIES), "rounds": rounds}
    for kind in ("new_tasks", "known_tasks"):
        seconds: dict[str, list[float]] = {name: [] for name, _ in ways}
        for _ in range(rounds):
            answers = []
            for name, way in ways:
                if kind == "new_tasks":
                    Register.clear_instance_cache()
                begun = time.perf_counter()
                answers.append(way())
                seconds[name].append(time.perf_counter() - begun)
            assert answers[0] == answers[1], "the answers differ"
        medians = {name: statistics.median(each) for name, each in seconds.items()}
        ratios = [one / other for one, other in zip(*seconds.values(), strict=True)]
        found[kind] = {
            "seconds": {name: [round(each, 5) for each in times] for name, times in seconds.items()},
            "medians": {name: round(each, 5) for name, each in medians.items()},
            "ratio": round(medians["each_in_turn"] / medians["all_at_once"], 1),
            "ratio_min": round(min(ratios), 1),
            "ratio_max": round(max(ratios), 1),
        }
    return found


@click.command()
@click.option("--rounds", default=7, show_default=True, help="How often to ask each way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, as_json: bool) -> None:
    """Measure the matrix of a year of days x 4 tasks against each complete() in turn."""
    with pipeline():
        each_in_turn(), all_at_once()
        found = measure(rounds)
    if not as_json:
        table = Table("", "each in turn", "all at once", "times faster", "from", "to")
        for kind in ("new_tasks", "known_tasks"):
            medians = found[kind]["medians"]
            table.add_row(
                kind.replace("_", " "),
                f"{medians['each_in_turn'] * 1000:.0f} ms",
                f"{medians['all_at_once'] * 1000:.0f} ms",
                *(str(found[kind][key]) for key in ("ratio", "ratio_min", "ratio_max")),
            )
        Console().print(table)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
