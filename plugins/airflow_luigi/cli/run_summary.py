"""What a build did, in a few lines, and as an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import click

from airflow_luigi.cli.run_signals import Stopped
from airflow_luigi.core.report import BuildReport, TaskReport, TaskState

# The numbers that luigi's documentation recommends for its [retcode] section.
_EXIT_CODES = {"MISSING_EXT": 20, "NOT_RUN": 25}
_FAILED = 1

# Tasks of one state; more are counted.
_LISTED = 20

_HEADLINES = {
    TaskState.RAN: "ran",
    TaskState.ALREADY_COMPLETE: "found complete",
    TaskState.FAILED: "failed",
    TaskState.MISSING_EXTERNAL: "missing external",
    TaskState.UPSTREAM_FAILED: "waiting for these",
    TaskState.DISABLED: "disabled",
    TaskState.RUN_BY_OTHER_WORKER: "run by another worker",
    TaskState.NOT_RUN: "not run",
}
_WIDTH = max(map(len, _HEADLINES.values()))


def exit_code(report: BuildReport) -> int:
    """Give the exit code for a build."""
    if report.status.startswith("SUCCESS"):
        return 0
    return _EXIT_CODES.get(report.status, _FAILED)


def print_summary(report: BuildReport, seconds: float) -> None:
    """Print what became of the tasks: what is done by family, what is not with the reason."""
    for state, headline in _HEADLINES.items():
        # As they ran; the others as luigi came upon them.
        tasks = sorted(report.in_state(state), key=lambda task: task.started or 0.0)
        if not tasks:
            continue
        click.echo(f"{headline:{_WIDTH}}  {len(tasks):5}  {_families(tasks)}")
        if state.done or state is TaskState.UPSTREAM_FAILED:
            continue
        for task in tasks[:_LISTED]:
            click.echo(f"  {task.name}: {task.error}")
        if len(tasks) > _LISTED:
            click.echo(f"  and {len(tasks) - _LISTED} more")
    done = sum(task.state.done for task in report.tasks)
    click.echo(f"{report.status}: {done} of {len(report.tasks)} tasks are done, in {seconds:.1f} s")


def print_broken_off(ran: Sequence[TaskReport], error: KeyboardInterrupt) -> None:
    """Print what a build has done that was ended."""
    by = error.args[0] if isinstance(error, Stopped) else "Ctrl-C"
    if ran:
        click.echo(f"{'ran':{_WIDTH}}  {len(ran):5}  {_families(ran)}")
    else:
        click.echo("No task has run.")
    click.echo(f"Ended by {by}. What has been made stays; the same command goes on from there.")


def _families(tasks: Iterable[TaskReport]) -> str:
    count = Counter(task.family for task in tasks)
    return ", ".join(family if number == 1 else f"{family} x {number}" for family, number in count.items())
