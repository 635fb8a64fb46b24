"""A run's date as a value for Luigi's date parameters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import luigi
from luigi import date_interval

from airflow_luigi.core.task_spec import TaskSpecError

_INTERVALS = (date_interval.Date, date_interval.Week, date_interval.Month, date_interval.Year)


@dataclass(frozen=True)
class RunDate:
    """What a run stands for, as naive local times: Luigi's dates have no timezone.

    :param start: the run's date, or the start of its data interval.
    :param end: the end of its data interval, where it has one that isn't empty.
    """

    start: dt.datetime
    end: dt.datetime | None = None


def date_value(task_class: type[luigi.Task], name: str, run_date: RunDate) -> object:
    """Convert a run's date for the parameter ``name`` of a task.

    A date, month, year, hour, minute or second parameter gets the one in which the run's date lies. A
    DateIntervalParameter gets the run's data interval (as a day, week, month or year where it is one), or its
    day.

    :raises TaskSpecError: when the task has no such parameter, or it isn't one for dates.
    """
    parameter = dict(task_class.get_params()).get(name)
    family = task_class.get_task_family()
    if parameter is None:
        raise TaskSpecError(
            f"{family} has no parameter {name!r} for the run's date: name another in run_date_param, "
            "or set it to None."
        )
    if isinstance(parameter, luigi.DateIntervalParameter):
        return _interval(run_date)
    if isinstance(parameter, luigi.DateParameter):
        return parameter.normalize(run_date.start.date())
    if isinstance(parameter, (luigi.DateHourParameter, luigi.DateMinuteParameter, luigi.DateSecondParameter)):
        return parameter.normalize(run_date.start)
    raise TaskSpecError(
        f"{family}: the run's date can't go into {name!r}, which is a {type(parameter).__name__}. "
        f"Set run_date_param=None and give {name!r} in luigi_params, as a template."
    )


def moment(value: object) -> dt.datetime | None:
    """Give when a value of a date parameter begins; None for anything else."""
    if isinstance(value, date_interval.DateInterval):
        value = value.date_a
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else None


def _interval(run_date: RunDate) -> date_interval.DateInterval:
    day = run_date.start.date()
    last = run_date.end if run_date.end is not None else run_date.start
    whole_days = run_date.start.time() == last.time() == dt.time() and last.date() > day
    if not whole_days:
        return date_interval.Date(day.year, day.month, day.day)
    for interval_class in _INTERVALS:
        interval: date_interval.DateInterval = interval_class.from_date(day)
        if (interval.date_a, interval.date_b) == (day, last.date()):
            return interval
    return date_interval.Custom(day, last.date())
