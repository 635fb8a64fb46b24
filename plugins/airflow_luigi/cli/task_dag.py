"""The DAG file for a Luigi task."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Mapping

import click
import luigi

from airflow_luigi.cli.crontab import UnreadableError, check_schedule
from airflow_luigi.cli.dag_file import TO_DO, DagFile, Param, Schedule, literal
from airflow_luigi.cli.task_options import date_params, hides, load, missing_params, only_date_param
from airflow_luigi.core.secrets import HIDDEN, mask, passwords
from airflow_luigi.core.task_spec import accepted

_LONGEST_DEFAULT = 60


def dag_of_task(
    spec: str,
    *,
    params: Mapping[str, str],
    date_param: str | None,
    dag_id: str,
    cron: str | None,
    zone: str,
    start_date: dt.date,
    graph: bool,
) -> DagFile:
    """Give the DAG file for a task.

    :param params: values for its parameters.
    :param cron: a schedule; ``"none"`` for no schedule; None for what suits the date parameter.
    :raises click.UsageError: something that was given does not suit the task.
    """
    task_class = load(spec)
    parameters = dict(task_class.get_params())
    dated = _date_param(task_class, date_param, params)
    missing = {name: each for name, each in missing_params(task_class, params).items() if name != dated}
    if graph and missing:
        names = " ".join(f"--param {name}=..." for name in missing)
        raise click.UsageError(f"A graph is drawn when Airflow reads the file, and needs values: {names}.")
    _check_values(task_class, params)
    lines = []
    for name, parameter in parameters.items():
        if name != dated:
            lines.append(_line(task_class, name, parameter, params.get(name), name in missing))
    return DagFile(
        dag_id=dag_id,
        luigi_task=spec,
        schedule=_schedule(cron, parameters[dated] if dated else None, zone),
        start_date=start_date,
        doc=_first_line(task_class),
        params=lines,
        run_date_param=dated,
        graph=graph,
    )


def _date_param(task_class: type[luigi.Task], given: str | None, params: Mapping[str, str]) -> str | None:
    names = date_params(task_class)
    if given is not None:
        if given not in names:
            known = ", ".join(names) or "none"
            raise click.UsageError(
                f"{task_class.get_task_family()} has no date parameter {given!r}. It has: {known}."
            )
        if given in params:
            raise click.UsageError(f"{given!r} is given twice, by --date-param and by --param.")
        return given
    left = [name for name in names if name not in params]
    return only_date_param(task_class, besides=params) if left else None


def _check_values(task_class: type[luigi.Task], values: Mapping[str, str]) -> None:
    parameters = dict(task_class.get_params())
    family = task_class.get_task_family()
    for name, value in values.items():
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise click.UsageError(f"{family} has no parameter {name!r}. It has: {known}.")
        if "{{" in value:
            continue
        try:
            parameters[name].normalize(parameters[name].parse(value))
        except Exception:
            shown = HIDDEN if hides(name, parameters[name]) else mask(repr(value))
            raise click.UsageError(
                f"{family}: {name!r} can't be {shown}. It takes {accepted(parameters[name])}."
            ) from None


def _line(
    task_class: type[luigi.Task],
    name: str,
    parameter: luigi.Parameter[object],
    given: str | None,
    missing: bool,
) -> Param:
    note = " ".join((parameter.description or "").split())
    if given is not None:
        if hides(name, parameter) or passwords(given):
            raise click.UsageError(
                f"--param {name}: a secret does not belong in a DAG file, but in luigi.cfg."
            )
        return Param(name, literal(given), note)
    if hides(name, parameter):
        return Param(name, None, "not public: keep its value in luigi.cfg or in a connection")
    if missing:
        return Param(name, literal(TO_DO), f"TODO: {accepted(parameter)}{note and f'; {note}'}")
    return Param(name, None, f"default: {_default(task_class, name, parameter)}{note and f'; {note}'}")


def _default(task_class: type[luigi.Task], name: str, parameter: luigi.Parameter[object]) -> str:
    try:
        value = parameter.task_value(task_class.get_task_family(), name)
        text = mask(str(parameter.serialize(value)))
    except Exception:
        return "can't be read"
    text = text if len(text) <= _LONGEST_DEFAULT else f"{text[: _LONGEST_DEFAULT - 3]}..."
    return literal(text)


def _schedule(cron: str | None, parameter: luigi.Parameter[object] | None, zone: str) -> Schedule:
    if cron is None:
        cron = _suits(parameter)
    if cron.lower() == "none":
        return Schedule(timezone=zone)
    try:
        check_schedule(cron)
    except UnreadableError as error:
        raise click.UsageError(f"--schedule {cron!r}: {error}.") from None
    # Its date is the start of the interval that has just ended; without a date it is the run's own time.
    return Schedule("CronDataIntervalTimetable" if parameter else "CronTriggerTimetable", cron, zone)


def _suits(parameter: luigi.Parameter[object] | None) -> str:
    for parameter_class, cron in _SUITABLE:
        if isinstance(parameter, parameter_class):
            return cron
    return "none"


_SUITABLE: tuple[tuple[type, str], ...] = (
    (luigi.MonthParameter, "@monthly"),
    (luigi.YearParameter, "@yearly"),
    (luigi.DateParameter, "@daily"),
    (luigi.DateIntervalParameter, "@daily"),
    (luigi.DateHourParameter, "@hourly"),
    (luigi.DateMinuteParameter, "@hourly"),
    (luigi.DateSecondParameter, "@hourly"),
)


def _first_line(task_class: type[luigi.Task]) -> str:
    doc = inspect.cleandoc(task_class.__dict__.get("__doc__") or "").partition("\n\n")[0]
    return " ".join(doc.split()) or f"The Luigi task {task_class.get_task_family()}."
