"""``make chaos``: kill hundreds of builds, and print what that did."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from local_airflow.postgres import LocalPostgres
from tests.chaos.crashes import (
    Crashes,
    Result,
    Start,
    in_another_interpreter,
    in_process,
    postgresql_job_database,
    sqlite_job_database,
)

MODES: dict[str, Start] = {"in process": in_process, "python=": in_another_interpreter}
# How the kills are shared out: another interpreter has to start, and to import luigi and pandas, each time.
SHARES = {"in process": 5, "python=": 1}
WORKERS = (1, 4)
COLUMNS = (
    "builds",
    "kills",
    "failed",
    "lost",
    "double",
    "half\nwritten",
    "marker\nwrong",
    "still\nalive",
    "s",
)


@click.command()
@click.option("--kills", default=300, show_default=True, help="How many builds to kill in all.")
@click.option("--seed", default=1, show_default=True, help="Decides the moments of the kills.")
def main(kills: int, seed: int) -> None:
    """Kill builds of the words pipeline at random moments, rerun them, and compare what is there."""
    console = Console()
    # A log has room for the table; a terminal knows how wide it is.
    console.width = max(console.width, 100)
    results: dict[tuple[str, int, str], Result] = {}
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        LocalPostgres(Path(folder) / "postgres") as server,
    ):
        server.create_database("chaos")
        databases: dict[str, Callable[[Path], str]] = {
            "SQLite": sqlite_job_database,
            "PostgreSQL": postgresql_job_database(server.url("chaos")),
        }
        kinds = [(mode, workers, name) for mode in MODES for workers in WORKERS for name in databases]
        for number, (mode, workers, name) in enumerate(kinds):
            share = max(1, kills * SHARES[mode] // sum(SHARES[each] for each, _, _ in kinds))
            console.print(f"{mode}, {workers} worker{'s' * (workers > 1)}, {name}: {share} kills")
            crashes = Crashes(Path(folder) / str(number), databases[name], workers=workers, start=MODES[mode])
            results[mode, workers, name] = crashes.run(share, seed + number)
    console.print(_table(results))
    sys.exit(not all(result.good for result in results.values()))


def _table(results: dict[tuple[str, int, str], Result]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("build", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for (mode, workers, name), result in results.items():
        found = result.findings
        numbers = (
            *(result.builds, result.kills, result.failed_builds),
            *(found.losses, found.duplicates, found.half_written),
            *(found.disagreements, result.outlived, f"{result.seconds:.0f}"),
        )
        table.add_row(f"{mode}, {workers}, {name}", *map(str, numbers))
    return table


if __name__ == "__main__":
    main()
