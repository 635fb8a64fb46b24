"""``airflow-luigi scaffold``: write the DAG file for a Luigi task, or for the lines of a crontab."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click
from pendulum.tz import get_local_timezone

from airflow_luigi.cli.cron_dag import Options, calls_luigi, to_dag, without_secrets
from airflow_luigi.cli.crontab import CronLine, UnreadableError, lines_of
from airflow_luigi.cli.dag_file import DagFile
from airflow_luigi.cli.task_dag import dag_of_task
from airflow_luigi.cli.task_options import given_params

_DAG_ID = re.compile(r"[\w.-]{1,250}")


@click.command(short_help="Write a DAG file for a task, or for a crontab.")
@click.argument("spec", required=False)
@click.option(
    "--crontab",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Read the lines of a crontab that call 'luigi --module'; - for standard input.",
)
@click.option("--graph", is_flag=True, help="LuigiDag: an Airflow task for each part of the graph.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value.")
@click.option(
    "--date-param",
    metavar="NAME",
    help="The parameter that a run's date goes into. Default: the task's only date parameter.",
)
@click.option("--dag-id", metavar="ID", help="Default: the task's name, as daily_report.")
@click.option(
    "--schedule",
    metavar="CRON",
    help="As '0 5 * * *' or @daily, or none. Default: what suits the date parameter; none without one.",
)
@click.option(
    "--start-date", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="As 2026-11-01. Default: today."
)
@click.option("--timezone", metavar="ZONE", help="As Europe/Berlin. Default: this machine's.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Default: standard output.",
)
@click.option(
    "--output-folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --crontab: write a file for each DAG there. Default: all to standard output.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--user-column", is_flag=True, help="The crontab has a user in each line, as /etc/crontab.")
@click.option(
    "--no-import", is_flag=True, help="With --crontab: do not import the pipelines, check no parameters."
)
def command(
    spec: str | None,
    crontab: TextIO | None,
    graph: bool,
    params: tuple[str, ...],
    date_param: str | None,
    dag_id: str | None,
    schedule: str | None,
    start_date: dt.datetime | None,
    timezone: str | None,
    output: Path | None,
    output_folder: Path | None,
    force: bool,
    user_column: bool,
    no_import: bool,
) -> None:
    """Write a DAG file for a Luigi task, or for each line of a crontab that calls luigi.

    SPEC is the task, as package.module:Class. Parameters without a value are marked TODO. Lines of a crontab
    that can't be read are listed with the reason; the exit code is then 1.

    \b
      airflow-luigi scaffold sales.pipeline:DailyReport --param region=emea --output dags/daily_report.py
      crontab -l | airflow-luigi scaffold --crontab - --output-folder dags
    """
    if (spec is None) == (crontab is None):
        raise click.UsageError("Give a task as package.module:Class, or --crontab FILE.")
    zone = _timezone(timezone)
    start = start_date.date() if start_date else dt.datetime.now(ZoneInfo(zone)).date()
    if crontab is not None:
        _refuse(params=params, date_param=date_param, dag_id=dag_id, schedule=schedule, output=output)
        options = Options(zone, start, graph=graph, user_column=user_column, check=not no_import)
        _from_crontab(crontab.read(), options, output_folder, force)
        return
    _refuse(crontab=False, output_folder=output_folder, user_column=user_column, no_import=no_import)
    assert spec is not None
    if dag_id is not None and not _DAG_ID.fullmatch(dag_id):
        raise click.UsageError(f"--dag-id {dag_id!r}: letters, digits, dashes, dots and underscores.")
    file = dag_of_task(
        spec,
        params=given_params(params),
        date_param=date_param,
        dag_id=dag_id or _snake(spec.rpartition(":")[2].rpartition(".")[2]),
        cron=schedule,
        zone=zone,
        start_date=start,
        graph=graph,
    )
    if output is None:
        click.echo(file.text(), nl=False)
    else:
        _write(output, file, force)


def _refuse(**options: object) -> None:
    for name, value in options.items():
        if value:
            raise click.UsageError(f"--{name.replace('_', '-').removesuffix('s')} does not go with this.")


def _timezone(name: str | None) -> str:
    given = name
    name = given or os.environ.get("TZ") or get_local_timezone().name or "UTC"
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if given is None:
            raise click.UsageError(
                "This machine's timezone has no name that Airflow knows: give --timezone, as Europe/Berlin."
            ) from None
        raise click.UsageError(
            f"--timezone {name!r}: there is none of this name. Write it as Europe/Berlin."
        ) from None
    return name


def _from_crontab(text: str, options: Options, folder: Path | None, force: bool) -> None:
    taken: set[str] = set()
    unread: list[tuple[CronLine, str]] = []
    others = 0
    files: list[DagFile] = []

    def new_id(name: str) -> str:
        base = _snake(name)
        numbered = (f"{base}_{number}" for number in range(2, 10_000))
        found = base if base not in taken else next(each for each in numbered if each not in taken)
        taken.add(found)
        return found

    for line in lines_of(text):
        if not calls_luigi(line):
            others += 1
            continue
        try:
            files.append(to_dag(line, options, new_id))
        except UnreadableError as error:
            unread.append((line, str(error)))
    if folder is None:
        for file in files:
            click.echo(f"# ---- {file.dag_id}.py\n{file.text()}")
    else:
        paths = {folder / f"{file.dag_id}.py": file for file in files}
        for path in paths:
            _check_free(path, force)
        for path, file in paths.items():
            _write(path, file, force)
    for line, reason in unread:
        click.echo(
            f"line {line.number} is not read: {without_secrets(reason)}\n  {without_secrets(line.text)}",
            err=True,
        )
    click.echo(
        f"DAGs: {len(files)}; lines that were not read: {len(unread)}; lines without luigi: {others}",
        err=True,
    )
    if unread:
        raise click.exceptions.Exit(1)


def _check_free(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise click.ClickException(f"{path} is there already. --force writes over it.")


def _write(path: Path, file: DagFile, force: bool) -> None:
    _check_free(path, force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text(), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}.") from None
    click.echo(f"wrote {path}", err=True)


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^\w.-]", "_", words).lower()
