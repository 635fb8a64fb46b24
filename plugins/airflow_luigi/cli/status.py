"""``airflow-luigi status``: which dates of a Luigi task are there, and which are missing."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from airflow_luigi.core.completeness import completeness
from airflow_luigi.core.matrix import Matrix
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import kept_secret
from airflow_luigi.core.task_spec import TaskSpecError
from airflow_luigi.matrix_table import PERIODS, error_lines, matrix_table, summary

# Seconds, after which a progress bar is shown.
_PATIENCE = 1.0
_WIDTH_OF_A_FILE = 200


class _WrongSpecError(click.ClickException):
    """What was asked for can't be: the same exit code as that of a wrong option."""

    exit_code = 2


@click.command(
    short_help="Show which dates of a task are there.",
    epilog="Exit code: 0 nothing is missing, 1 something is missing or can't be told, 2 wrong arguments.",
)
@click.argument("spec")
@click.option(
    "--from",
    "first",
    required=True,
    metavar="DATE",
    help="The first date: 2026, 2026-11, 2026-W45, 2026-11-01, 2026-11-01T13 or 2026-11-01T13:05.",
)
@click.option(
    "--to",
    "last",
    required=True,
    metavar="DATE",
    help="The last date, in the same forms. A longer one stands for all of it: 2026-01 is up to January 31.",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another parameter of the task, as Luigi's command line takes it. May be given several times.",
)
@click.option(
    "--date-param",
    metavar="NAME",
    help="The parameter for the dates. Default: the task's only one for dates.",
)
@click.option(
    "--by", type=click.Choice(list(PERIODS)), help="A row for each day, month or year, with counts."
)
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option(
    "--csv", "form", flag_value="csv", help="Print CSV: the date, its verdict, each family's state."
)
@click.option("--missing", "form", flag_value="missing", help="Print only the missing dates, one a line.")
def command(
    spec: str,
    first: str,
    last: str,
    params: tuple[str, ...],
    date_param: str | None,
    by: str | None,
    form: str | None,
) -> None:
    """Show what is complete and what is missing of a Luigi task: dates down, families across.

    SPEC is the task, as "package.module:Class"; its module must be on PYTHONPATH. Every task that it
    requires is shown too.

    \b
    complete          as the task's complete() says
    missing           Luigi would make it
    external missing  somebody else has to make it
    gone              missing, but what requires it is complete: Luigi would not make it
    always runs       has no output and is never complete; what it requires is asked instead
    error             complete(), requires() or output() failed

    A date counts as missing if the task itself is incomplete. Nothing is run, and nothing is created. Names
    of databases are looked up in the environment (AIRFLOW_CONN_<NAME>) and in [connections] of luigi.cfg.
    """
    values = dict(map(_name_and_value, params))
    redactor = Redactor()
    try:
        with kept_secret(redactor), _progress() as progress:
            matrix = completeness(
                spec, values, date_param, first, last, on_progress=progress, redactor=redactor
            )
    except TaskSpecError as error:
        raise _WrongSpecError(_for_the_terminal(str(error))) from error
    _print(matrix, form, by)
    sys.exit(1 if matrix.missing or matrix.unknown else 0)


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.BadParameter(f"{text!r}: write it as NAME=VALUE.", param_hint="--param")
    return name.replace("-", "_"), value


def _for_the_terminal(message: str) -> str:
    """Say things as they are called on the command line."""
    if message.endswith("Name the one that the dates go into."):
        return message.replace("Name the one that the dates go into.", "Name one of them with --date-param.")
    return message.replace("give it in luigi_params.", "give it as --param NAME=VALUE.")


def _print(matrix: Matrix, form: str | None, by: str | None) -> None:
    if form == "json":
        click.echo(json.dumps(matrix.to_json(), indent=2))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([matrix.date_param, "verdict", *matrix.families])
        for number, (date, verdict) in enumerate(zip(matrix.dates, matrix.verdicts, strict=True)):
            states = (matrix.state(number, family).value for family in range(len(matrix.families)))
            writer.writerow([date, verdict.value, *states])
    elif form == "missing":
        for date in matrix.missing_dates:
            click.echo(date)
    else:
        console = Console()
        if not console.is_terminal:
            console.width = _WIDTH_OF_A_FILE
        console.print(matrix_table(matrix, by=by))
        return
    if matrix.unknown:
        for line in [*error_lines(matrix), summary(matrix)]:
            click.echo(line, err=True)


class _Bar:
    """A progress bar that comes when there is something to wait for."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
        )
        self._begun = time.monotonic()
        self._shown: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> Any:
        if not self._shown and time.monotonic() - self._begun < _PATIENCE:
            return
        if step not in self._shown:
            self._progress.start()
            label = "Reading graphs" if step == "graphs" else "Asking tasks"
            self._shown[step] = self._progress.add_task(label, total=total)
        self._progress.update(self._shown[step], completed=done)

    def stop(self) -> None:
        if self._shown:
            self._progress.stop()


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    bar = _Bar(console)
    try:
        yield bar
    finally:
        bar.stop()
