"""``make bench``: measure the bridge, show what was found, and write it down."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from benchmarks import growth, machine, overhead, parsing, publishing, report, status, whole_tasks
from benchmarks.result import Result
from local_airflow.console import Steps

Measure = Callable[[int, Callable[[str], None]], Result]

BENCHMARKS: dict[str, Measure] = {
    "overhead": overhead.measure,
    "publishing": publishing.measure,
    "whole-tasks": whole_tasks.measure,
    "parsing": parsing.measure,
    "status": status.measure,
    "growth": growth.measure,
}
RESULTS = Path(__file__).with_name("results.json")


def chosen(_context: click.Context, _option: click.Parameter, names: str | None) -> dict[str, Measure]:
    """Give the benchmarks that are named, in their own order."""
    if names is None:
        return BENCHMARKS
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in BENCHMARKS]:
        raise click.BadParameter(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}.")
    return {name: measure for name, measure in BENCHMARKS.items() if name in wanted}


@click.command()
@click.option(
    "--only",
    "benchmarks",
    callback=chosen,
    metavar="NAME,...",
    help=f"Some of {', '.join(BENCHMARKS)}; default: all.",
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="How often to measure.")
@click.option(
    "--json",
    "path",
    default=RESULTS,
    show_default="benchmarks/results.json",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the results are written to.",
)
@click.option("--check", is_flag=True, help="End with exit code 1 if a goal is missed.")
def main(benchmarks: dict[str, Measure], rounds: int, path: Path, check: bool) -> None:
    """Measure the bridge: medians, their spread, and ratios pair by pair."""
    console = Console()
    # A log has room for the tables; a terminal knows how wide it is.
    console.width = max(console.width, 120)
    results = []
    for name, measure in benchmarks.items():
        with Steps(console) as steps:
            steps.begin(name)
            results.append(measure(rounds, steps.update))
        report.show(results[-1], console)
        # Each at once: what comes later may be interrupted.
        found = {**machine.describe(), "rounds": rounds, "benchmarks": [each.to_json() for each in results]}
        path.write_text(json.dumps(found, indent=2) + "\n")
    console.print(f"\nWritten to {path}.", highlight=False, soft_wrap=True)
    if missed := [result.name for result in results if result.met is False]:
        console.print(f"[bold red]Goals are missed[/] in {', '.join(missed)}.", highlight=False)
        sys.exit(1 if check else 0)


if __name__ == "__main__":
    main()
