"""The options with which ``graph``, ``run`` and ``scaffold`` are told of a Luigi task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import luigi
from luigi.parameter import ParameterException

from airflow_luigi.core.dates import RunDate, date_value
from airflow_luigi.core.secrets import HIDDEN, is_secret_name, mask
from airflow_luigi.core.task_spec import TaskSpecError, accepted, bind, load_task_class

_Command = TypeVar("_Command", bound=Callable[..., Any])

_DATE_PARAMETERS = (
    luigi.DateParameter,
    luigi.DateHourParameter,
    luigi.DateMinuteParameter,
    luigi.DateSecondParameter,
    luigi.DateIntervalParameter,
)


def task_options(command: _Command) -> _Command:
    """Add SPEC, ``--date``, ``--date-param`` and ``--param`` to a command."""
    for decorate in (
        click.option(
            "--param",
            "params",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter, written as on Luigi's command line. May be given several times.",
        ),
        click.option(
            "--date-param",
            metavar="NAME",
            help="The parameter that --date goes into. Default: the task's only date parameter.",
        ),
        click.option(
            "--date",
            metavar="DATE",
            help="The date, as the date parameter takes it, or as 2026-11-01 or 2026-11-01T13:05.",
        ),
        click.argument("spec"),
    ):
        command = decorate(command)
    return command


def given_params(params: tuple[str, ...]) -> dict[str, str]:
    """Read the values of ``--param``.

    :raises click.UsageError: one that is not ``name=value``, or a name that is given twice.
    """
    values: dict[str, str] = {}
    for each in params:
        name, equals, value = each.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if not (name and equals):
            # The whole may be a secret.
            raise click.UsageError(f"--param {name or HIDDEN!r}: write it as name=value.")
        if name in values:
            raise click.UsageError(f"--param {name!r} is given twice.")
        values[name] = value
    return values


def load(spec: str) -> type[luigi.Task]:
    """Import the task class that SPEC names.

    :raises click.UsageError: there is none.
    """
    try:
        return load_task_class(spec)
    except TaskSpecError as error:
        raise click.UsageError(str(error)) from None


def make_task(
    task_class: type[luigi.Task], params: Mapping[str, str], date: str | None, date_param: str | None
) -> luigi.Task:
    """Make the task.

    :param params: what ``--param`` gave.
    :param date: what ``--date`` gave.
    :param date_param: what ``--date-param`` gave.
    :raises click.UsageError: a parameter that is not there, missing, or can't be read.
    """
    values: dict[str, Any] = dict(params)
    if date is not None:
        name = date_param or only_date_param(task_class, besides=values)
        if name in values:
            raise click.UsageError(f"{name!r} is given twice, by --date and by --param.")
        values[name] = _date(task_class, name, date)
    elif date_param is not None:
        raise click.UsageError("--date-param needs --date.")
    if missing := missing_params(task_class, values):
        dates = date_params(task_class)
        wanted = [
            f"--date ({accepted(parameter)})"
            if [name] == dates
            else f"--param {name}=... ({accepted(parameter)})"
            for name, parameter in missing.items()
        ]
        raise click.UsageError(f"{task_class.get_task_family()} needs {', '.join(wanted)}.")
    try:
        return bind(task_class, values)
    except TaskSpecError as error:
        raise click.UsageError(str(error)) from None


def date_params(task_class: type[luigi.Task]) -> list[str]:
    """Give the names of a task's date parameters."""
    return [name for name, parameter in task_class.get_params() if isinstance(parameter, _DATE_PARAMETERS)]


def only_date_param(task_class: type[luigi.Task], besides: Mapping[str, Any] | None = None) -> str:
    """Give the name of a task's date parameter.

    :param besides: parameters that have their values already.
    :raises click.UsageError: there is none, or several.
    """
    names = date_params(task_class)
    left = [name for name in names if name not in (besides or {})]
    family = task_class.get_task_family()
    if len(left) == 1:
        return left[0]
    if len(names) == 1:
        return names[0]
    if not names:
        raise click.UsageError(f"{family} has no date parameter for --date.")
    raise click.UsageError(
        f"{family} has several date parameters, name one: --date-param {' or '.join(names)}."
    )


def missing_params(task_class: type[luigi.Task], given: Mapping[str, Any]) -> dict[str, luigi.Parameter[Any]]:
    """Give the parameters that have no value: neither given, nor in luigi's configuration, nor a default.

    :raises click.UsageError: a value in luigi's configuration can't be read.
    """
    family = task_class.get_task_family()
    missing = {}
    for name, parameter in task_class.get_params():
        try:
            if name not in given and not parameter.has_task_value(family, name):
                missing[name] = parameter
        except (ParameterException, ValueError):
            # bind() says what is wrong with it.
            continue
    return missing


def parsed_date(text: str) -> RunDate:
    """Read a date or a time in ISO 8601.

    :raises click.UsageError: it is none, or has a timezone.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"--date {mask(text)!r}: write it as 2026-11-01 or 2026-11-01T13:05."
        ) from None
    if moment.tzinfo is not None:
        raise click.UsageError(f"--date {text!r}: Luigi's dates have no timezone, leave it out.")
    return RunDate(moment)


def _date(task_class: type[luigi.Task], name: str, text: str) -> object:
    parameter = dict(task_class.get_params()).get(name)
    family = task_class.get_task_family()
    if parameter is None:
        known = ", ".join(date_params(task_class)) or "none"
        raise click.UsageError(f"{family} has no parameter {name!r}. Its date parameters: {known}.")
    if name not in date_params(task_class):
        raise click.UsageError(f"{name!r} of {family} is no date parameter. Give it as --param {name}=...")
    try:
        return parameter.normalize(parameter.parse(text))
    except Exception:
        try:
            return date_value(task_class, name, parsed_date(text))
        except click.UsageError:
            raise click.UsageError(
                f"--date {mask(text)!r}: {name!r} of {family} takes {accepted(parameter)}."
            ) from None


def hides(name: str, parameter: luigi.Parameter[Any]) -> bool:
    """Tell whether the values of a parameter are not to be shown."""
    return parameter.visibility != luigi.parameter.ParameterVisibility.PUBLIC or is_secret_name(name)
