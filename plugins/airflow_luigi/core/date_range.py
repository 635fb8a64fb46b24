"""The dates of a range, for each kind of Luigi's date parameters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import luigi
from luigi import date_interval

from airflow_luigi.core.task_spec import TaskSpecError

# Beyond so many, a range is taken for a slip.
MAX_DATES = 100_000

DATE_PARAMETERS = (
    luigi.DateParameter,
    luigi.DateHourParameter,
    luigi.DateMinuteParameter,
    luigi.DateSecondParameter,
    luigi.DateIntervalParameter,
)

FORMS = "2026, 2026-11, 2026-W45, 2026-11-01, 2026-11-01T13 or 2026-11-01T13:05"

Bound = str | dt.date | dt.datetime | date_interval.DateInterval
"""The end of a range: a date, a moment, an interval, or the text of one."""

_WHOLE_DAYS = (date_interval.Year, date_interval.Month, date_interval.Week, date_interval.Date)
_TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d"), "%Y-%m-%d %H", dt.timedelta(hours=1)),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d"), "%Y-%m-%d %H%M", dt.timedelta(minutes=1)),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d:?\d\d"), "%Y-%m-%d %H%M%S", dt.timedelta(seconds=1)),
)
_INSTANT = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class _Period:
    """What a bound means: from its start up to its end, which is not of it any more."""

    start: dt.datetime
    end: dt.datetime
    interval: Any = None


def date_param_of(task_class: type[luigi.Task], name: str | None = None, given: Collection[str] = ()) -> str:
    """Find the parameter that a task's dates go into.

    :param name: the parameter, where it has been named.
    :param given: parameters that have a value already.
    :raises TaskSpecError: there is no such parameter, it isn't one for dates, or there are several.
    """
    family = task_class.get_task_family()
    parameters: dict[str, luigi.Parameter[Any]] = dict(task_class.get_params())
    dated = [each for each, parameter in parameters.items() if isinstance(parameter, DATE_PARAMETERS)]
    if name is not None:
        if name in dated:
            return name
        known = f"Its date parameters: {', '.join(dated)}." if dated else "It has no date parameter."
        what = "is not one for dates" if name in parameters else "is no parameter of it"
        raise TaskSpecError(f"{family}: {name!r} {what}. {known}")
    left = [each for each in dated if each not in given]
    if len(left) == 1:
        return left[0]
    if not left:
        raise TaskSpecError(f"{family} has no date parameter that is free, so there are no dates to look at.")
    raise TaskSpecError(
        f"{family} has several date parameters: {', '.join(left)}. Name the one that the dates go into."
    )


def dates_between(task_class: type[luigi.Task], name: str, first: Bound, last: Bound) -> list[Any]:
    """Give all values of a date parameter from the one in which ``first`` lies to that of ``last``, in order.

    A bound that is longer than the parameter's step stands for all of it: up to ``2026-01`` is up to the end
    of January. The steps are the parameter's own: days, months, years, hours, minutes or seconds, so many of
    them as its ``interval`` says. A DateIntervalParameter's are weeks, months or years if one of the bounds
    is such an interval, else days.

    :param name: a date parameter of the task.
    :param first: a date, a moment or an interval, or the text of one.
    :param last: as ``first``; it is part of the range.
    :raises TaskSpecError: a bound that can't be read, a range that is empty, or one of more than
        100,000 dates.
    """
    parameter = dict(task_class.get_params())[name]
    begin, end = _period(first), _period(last)
    values = []
    value = _first_value(parameter, begin, end)
    while _start(value) < end.end:
        values.append(value)
        if len(values) > MAX_DATES:
            raise TaskSpecError(f"From {first} to {last} are more than {MAX_DATES:,} values of {name!r}.")
        value = _next_value(parameter, value)
    if not values:
        raise TaskSpecError(f"The range is empty: {first} is after {last}.")
    return values


def date_texts(task_class: type[luigi.Task], name: str, values: Iterable[Any]) -> list[str]:
    """Give values of a date parameter as Luigi's command line takes them."""
    parameter = dict(task_class.get_params())[name]
    return [str(parameter.serialize(value)) for value in values]


def _first_value(parameter: Any, begin: _Period, end: _Period) -> Any:
    if isinstance(parameter, luigi.DateIntervalParameter):
        kinds = [type(each.interval) for each in (begin, end) if each.interval is not None]
        kind = next((each for each in kinds if each is not date_interval.Date), date_interval.Date)
        return kind.from_date(begin.start.date())
    if isinstance(parameter, luigi.DateParameter):
        return parameter.normalize(begin.start.date())
    return parameter.normalize(begin.start)


def _next_value(parameter: Any, value: Any) -> Any:
    if isinstance(value, date_interval.DateInterval):
        return value.next()
    return parameter.next_in_enumeration(value)


def _start(value: Any) -> dt.datetime:
    if isinstance(value, date_interval.DateInterval):
        value = value.date_a
    return value if isinstance(value, dt.datetime) else _midnight(value)


def _period(bound: Bound) -> _Period:
    if isinstance(bound, str):
        return _parsed(bound.strip())
    if isinstance(bound, date_interval.DateInterval):
        if isinstance(bound, date_interval.Custom):
            raise TaskSpecError(f"{bound} can't bound a range: give a day, a week, a month or a year.")
        return _of_interval(bound)
    if isinstance(bound, dt.datetime):
        if bound.tzinfo is not None:
            raise TaskSpecError(f"{bound} has a timezone; Luigi's dates have none.")
        return _Period(bound, bound + _INSTANT)
    if isinstance(bound, dt.date):
        return _of_interval(date_interval.Date.from_date(bound))
    raise TaskSpecError(f"{bound!r} is no date. A date is written as {FORMS}.")


def _parsed(text: str) -> _Period:
    try:
        for kind in _WHOLE_DAYS:
            if (interval := kind.parse(text)) is not None:
                return _of_interval(interval)
        for form, pattern, length in _TIMES:
            if form.fullmatch(text):
                start = dt.datetime.strptime(text.replace("T", " ").replace(":", ""), pattern)
                return _Period(start, start + length)
    except ValueError as error:
        raise TaskSpecError(f"{text!r} is no date: {error}.") from error
    raise TaskSpecError(f"{text!r} is no date. A date is written as {FORMS}.")


def _of_interval(interval: Any) -> _Period:
    return _Period(_midnight(interval.date_a), _midnight(interval.date_b), interval)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
