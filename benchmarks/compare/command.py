"""The whole comparison: measure, with a progress bar, and write the report."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.compare.report import write_report
from benchmarks.compare.results import Results
from benchmarks.compare.rounds import Plan, allot, run
from benchmarks.compare.scenario import Measurement
from benchmarks.compare.world import World
from local_airflow import session
from local_airflow.errors import LocalAirflowError


def compare(plan: Plan, state: Path, output: Path, pieces: int, console: Console) -> int:
    """Measure, and write the report.

    :param plan: what to measure
    :param state: the folder to work in; what is in it is deleted
    :param output: the folder of the report; made if it is not there
    :param pieces: how many tasks the fan-out has
    :param console: where progress and results are shown
    :return: exit code
    """
    progress = Progress(
        TextColumn("{task.description:40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    bar = progress.add_task("", total=plan.steps)

    def watch(way: str, what: str) -> None:
        progress.update(bar, description=f"{way}: {what}")

    world = World(state, pieces=pieces, dags=plan.dag_folders, report=lambda step: watch("Airflow", step))

    def body() -> None:
        try:
            allot(plan, 0)
        except ValueError as error:
            raise LocalAirflowError(str(error)) from error
        output.mkdir(parents=True, exist_ok=True)
        watch("PostgreSQL", "starting")
        world.start()
        measured: list[Measurement] = []
        for measurement in run(plan, world, watch):
            progress.advance(bar)
            progress.console.print(_line(measurement), highlight=False, soft_wrap=True)
            measured.append(measurement)
        results = Results.of(plan, pieces, measured, progress.tasks[bar].elapsed or 0.0)
        written = write_report(results, output)
        console.print(f"The report: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)

    with progress:
        return session.run(world, body, console)


def _line(seen: Measurement) -> str:
    """Say in a line how a measurement ended, for those who wait."""
    if seen.not_possible:
        verdict = f"[dim]not possible: {seen.not_possible}[/]"
    elif seen.right:
        verdict = "[green]right[/]" + (" when asked again" if seen.asked > 1 else "")
    else:
        verdict = "[red]wrong[/]: " + ", ".join(seen.findings[:2])
    seconds = f"{seen.cost.wall:6.1f} s" if seen.cost else " " * 8
    return f"{seconds}  {seen.way:15} {seen.scenario:15} {verdict}"
