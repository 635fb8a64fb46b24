"""How many dates and boxes an hour the services of docker-compose.yml bear here, and what fills the machine.

PYTHONPATH=plugins:. python -m benchmarks.stack --dates 60

The services run as processes (see ``tests/stack``), with the workers that the file asks for. Airflow
backfills the dates of ``words_count_sql``, a task a date, and then those of ``words_count_sql_graph``, a
box for each of the four Luigi families of a date. The Luigi tasks themselves do next to nothing: what is
measured is Airflow and the bridge. What each service costs is in processor seconds a box, which say the
same on a busy machine.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import click
import psutil
from rich.console import Console
from rich.table import Table

from tests.e2e.cases import backfill, state_folder
from tests.stack.processes import Stack

DAGS = ("words_count_sql", "words_count_sql_graph")
LITTLE = 0.01
FIRST = datetime(2026, 2, 1, tzinfo=timezone.utc)


class Usage:
    """The processor time that each service has used; what a process used counts while it can be seen.

    :param stack: started
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._begun = self._seconds()

    def seconds(self) -> dict[str, float]:
        """Give the processor seconds of each service since this was made."""
        now = self._seconds()
        return {name: now[name] - self._begun.get(name, 0) for name in now}

    def _seconds(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name in self._stack.names():
            for process in self._stack.processes(name):
                with suppress(psutil.Error):
                    times = process.cpu_times()
                    # Those of children that have ended are in their parent's.
                    used = times.user + times.system + times.children_user + times.children_system
                    found[name] = found.get(name, 0) + used
        return found


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--dates", default=60, show_default=True, help="How many dates of each DAG.")
@click.option("--workers", default=2, show_default=True, help="How many workers.")
@click.option("--concurrency", default=4, show_default=True, help="How many tasks each worker runs at once.")
@click.option("--at-once", default=16, show_default=True, help="How many runs of a DAG at once.")
def main(dates: int, workers: int, concurrency: int, at_once: int) -> None:
    console = Console()
    table = Table("DAG", "dates an hour", "boxes an hour", "cores used", "processor seconds a box")
    with state_folder() as folder:
        stack = Stack(folder, {"WORKERS": workers, "WORKER_CONCURRENCY": concurrency})
        try:
            began = time.monotonic()
            stack.start()
            console.print(f"started in {time.monotonic() - began:.0f} s, on {os.cpu_count()} cores")
            for dag_id in DAGS:
                table.add_row(dag_id, *_measure(stack, dag_id, dates, at_once))
        finally:
            stack.stop()
    console.print(table)


def _measure(stack: Stack, dag_id: str, dates: int, at_once: int) -> list[str]:
    # One date first: what is done once (imports, connections) is no part of it.
    backfill(stack, dag_id, FIRST - timedelta(days=1), FIRST - timedelta(days=1), count=1)
    usage, began = Usage(stack), time.monotonic()
    last = FIRST + timedelta(days=dates - 1)
    runs = backfill(stack, dag_id, FIRST, last, count=dates, max_active_runs=at_once)
    seconds = time.monotonic() - began
    used = usage.seconds()
    assert {run.state for run in runs} == {"success"}
    boxes = sum(len(stack.api.task_instances(dag_id, run.run_id)) for run in runs)
    parts = sorted(used.items(), key=lambda item: -item[1])
    costs = "\n".join(f"{value / boxes:.2f} {name}" for name, value in parts if value / boxes >= LITTLE)
    figures = (dates / seconds * 3600, boxes / seconds * 3600)
    return [*(f"{figure:.0f}" for figure in figures), f"{sum(used.values()) / seconds:.2f}", costs]


if __name__ == "__main__":
    main()
