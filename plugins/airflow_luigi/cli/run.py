"""``airflow-luigi run``: the operator's build, in a terminal and without Airflow."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from airflow_luigi.cli.run_console import BuildConsole
from airflow_luigi.cli.run_signals import Stopped, stopped_by_signals
from airflow_luigi.cli.run_summary import exit_code, print_broken_off, print_summary
from airflow_luigi.cli.task_options import given_params, load, make_task, parsed_date, task_options
from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.interpreter import InterpreterError, build_in
from airflow_luigi.core.recorder import PROGRESS_SECONDS
from airflow_luigi.core.remote import SchedulerUnavailableError
from airflow_luigi.core.report import BuildReport, TaskReport
from airflow_luigi.core.secrets import HIDDEN, Redactor
from airflow_luigi.core.task_secrets import kept_secret
from airflow_luigi.core.task_spec import TaskSpecError

_LIVE_SECONDS = 0.2


@click.command(short_help="Build a task in this terminal.")
@task_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many tasks may run at once, each in a process of its own if more than one.",
)
@click.option(
    "--scheduler-url",
    metavar="URL",
    help="Luigi's central scheduler, as http://host:8082. Default: a scheduler of the build's own.",
)
@click.option(
    "--luigi-config",
    "settings",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="A setting of luigi's configuration for this build, over luigi.cfg. May be given several times.",
)
@click.option(
    "--python",
    metavar="PATH",
    help="The interpreter of another virtual environment, with the pipeline's luigi. Default: this one.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show all that luigi logs, not only warnings and errors.")
@click.pass_context
def command(
    ctx: click.Context,
    spec: str,
    date: str | None,
    date_param: str | None,
    params: tuple[str, ...],
    workers: int,
    scheduler_url: str | None,
    settings: tuple[str, ...],
    python: str | None,
    verbose: bool,
) -> None:
    """Build a Luigi task with all that it requires, as LuigiOperator does.

    SPEC is the task, as package.module:Class. What is complete is not run again. Ctrl-C ends the build and
    all its processes; the same command goes on from there.

    \b
      airflow-luigi run luigi_tasks.words_count:PrintCounts --date 2026-11-01

    Exit codes: 0 done, 1 a task failed, 2 wrong usage, 20 external data is missing, 25 luigi did not run it
    (another worker has it, a resource is short), 130 ended by Ctrl-C, 143 by SIGTERM.
    """
    values = given_params(params)
    config = _settings(settings)
    ran: list[TaskReport] = []
    screen = BuildConsole(verbose=verbose)
    began = time.monotonic()
    how: dict[str, Any] = {
        "workers": workers,
        "scheduler_url": scheduler_url,
        "on_progress": screen.progress,
        "progress_seconds": _LIVE_SECONDS if screen.is_live else PROGRESS_SECONDS,
        "on_broken_off": ran.extend,
    }
    try:
        with stopped_by_signals(), screen:
            if python is None:
                report = _build_here(spec, values, date, date_param, config, how)
            else:
                report = _build_there(python, spec, values, date, date_param, config, how)
    except KeyboardInterrupt as error:
        print_broken_off(ran, error)
        ctx.exit(128 + (error.signum if isinstance(error, Stopped) else signal.SIGINT))
    except TaskSpecError as error:
        raise click.UsageError(str(error)) from None
    except (InterpreterError, SchedulerUnavailableError) as error:
        raise click.ClickException(str(error)) from None
    # What the tasks have printed stands before it, where both go to a file.
    sys.stdout.flush()
    print_summary(report, time.monotonic() - began)
    ctx.exit(exit_code(report))


def _build_here(
    spec: str,
    values: dict[str, str],
    date: str | None,
    date_param: str | None,
    config: dict[str, dict[str, str]],
    how: Mapping[str, Any],
) -> BuildReport:
    redactor = Redactor()
    task_class = load(spec)
    with luigi_settings(config), kept_secret(redactor):
        task = make_task(task_class, values, date, date_param)
        return build(task, redactor=redactor, **how)


def _build_there(
    python: str,
    spec: str,
    values: dict[str, str],
    date: str | None,
    date_param: str | None,
    config: dict[str, dict[str, str]],
    how: Mapping[str, Any],
) -> BuildReport:
    if date is not None and date_param is None:
        raise click.UsageError("With --python the task is imported elsewhere: name --date-param, as 'date'.")
    if date_param is not None and date is None:
        raise click.UsageError("--date-param needs --date.")
    if date_param in values:
        raise click.UsageError(f"{date_param!r} is given twice, by --date and by --param.")
    run_date = (date_param, parsed_date(date)) if date is not None and date_param is not None else None
    return build_in(python, spec, values, run_date=run_date, luigi_config=config, **how)


def _settings(settings: tuple[str, ...]) -> dict[str, dict[str, str]]:
    config: dict[str, dict[str, str]] = {}
    for each in settings:
        name, equals, value = each.partition("=")
        section, dot, key = name.rpartition(".")
        if not (section and dot and key and equals):
            # What was meant as the value may be a secret.
            raise click.UsageError(
                f"--luigi-config {name if equals else HIDDEN!r}: write it as section.key=value."
            )
        config.setdefault(section, {})[key] = value
    return config
