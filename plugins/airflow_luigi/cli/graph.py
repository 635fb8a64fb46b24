"""``airflow-luigi graph``: what a Luigi task requires, what of it is complete, and why the rest is not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

import click
import luigi
from rich.console import Console
from rich.progress import Progress

from airflow_luigi.cli.graph_tree import draw
from airflow_luigi.cli.task_options import given_params, load, make_task, task_options
from airflow_luigi.core.examine import TaskView, examine
from airflow_luigi.core.graph import walk
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import kept_secret, learn_task
from airflow_luigi.core.task_spec import TaskSpecError

# A pipe has no width; the tasks' names should stay on their lines.
_PIPE_WIDTH = 10_000
_QUIET_SECONDS = 1.0


@click.command(short_help="Show what a task requires, and why it is not complete.")
@task_options
@click.option("--all", "show_all", is_flag=True, help="Show each task, however many of a family there are.")
@click.option("--json", "as_json", is_flag=True, help="Print the tasks as JSON.")
def command(
    spec: str,
    date: str | None,
    date_param: str | None,
    params: tuple[str, ...],
    show_all: bool,
    as_json: bool,
) -> None:
    """Show what a Luigi task requires, and what of it is complete.

    SPEC is the task, as package.module:Class. Each task is asked for its requirements and for complete(),
    once; none is run. What a task finds out only while it runs (dynamic dependencies) is not shown.

    \b
      airflow-luigi graph luigi_tasks.words_count:PrintCounts --date 2026-11-01
    """
    redactor = Redactor()
    with kept_secret(redactor):
        task = make_task(load(spec), given_params(params), date, date_param)
        learn_task(redactor, task)
        try:
            graph = walk(task)
        except TaskSpecError as error:
            raise click.ClickException(str(error)) from None
        for each in graph:
            learn_task(redactor, each)
        views = examine(graph, redactor, asked=_with_progress)
    if as_json:
        click.echo(json.dumps([view.to_json() for view in views], indent=2))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(draw(views, show_all=show_all))
    console.print(_summary(views))


def _with_progress(tasks: list[luigi.Task]) -> Iterable[luigi.Task]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from tasks
        return
    began = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("asking complete()", total=len(tasks), visible=False)
        for task in tasks:
            yield task
            progress.update(bar, advance=1, visible=time.monotonic() - began > _QUIET_SECONDS)


def _summary(views: list[TaskView]) -> str:
    complete = sum(view.complete is True for view in views)
    failed = sum(view.complete is None for view in views)
    raised = f", complete() of {failed} raised" if failed else ""
    return f"{complete} of {len(views)} tasks complete{raised}"
