"""Which dates the runs of a DAG stand for, as :func:`airflow_luigi.run_date.run_date` says it in a run.

Airflow itself says which runs its schedule has; nothing here reads a schedule.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import luigi

from airflow_luigi.core.dates import RunDate, date_value

IN_FLIGHT = ("queued", "running")
FORMS = "2026, 2026-11, 2026-11-01 or 2026-11-01T13"
# No two clocks on earth differ by more.
_FURTHEST = dt.timedelta(hours=15)
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::?(\d\d))?)?)?)?")
_FIXED = re.compile(r"(?:UTC)?([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Slot:
    """A place in a DAG's schedule, whether there is a run in it or not.

    :param key: what Airflow knows it by: the logical date, or the partition key.
    :param local: what a run in it stands for: the date that the clocks of the timetable show.
    :param bound: as ``from_date`` or ``to_date`` of a backfill, it begins or ends with this run.
    :param run_id: the run's id, if there is one.
    :param state: the run's state; None when there is none.
    """

    key: str
    local: dt.datetime
    bound: dt.datetime
    run_id: str | None = None
    state: str | None = None

    @property
    def in_flight(self) -> bool:
        """Whether its run has begun or is about to."""
        return self.state is not None and self.state not in ("success", "failed")


def period(text: str) -> tuple[dt.datetime, dt.datetime]:
    """Give the first and the last moment of a year, month, day, hour or minute.

    :param text: ``2026``, ``2026-11``, ``2026-11-01``, ``2026-11-01T13`` or ``2026-11-01T13:05``.
    :raises ValueError: it is none.
    """
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no date: write it as {FORMS}.")
    given = [int(group) for group in match.groups() if group is not None]
    try:
        first = dt.datetime(*[*given, 1, 1][: max(3, len(given))])  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"{text!r} is no date: {error}.") from None
    days = {
        1: 366 if calendar.isleap(first.year) else 365,
        2: calendar.monthrange(first.year, first.month)[1],
    }
    length = {4: dt.timedelta(hours=1), 5: dt.timedelta(minutes=1)}.get(
        len(given), dt.timedelta(days=days.get(len(given), 1))
    )
    return first, first + length - dt.timedelta(microseconds=1)


def timezone(name: str) -> dt.tzinfo:
    """Give a timezone by name, as ``Europe/Berlin``, ``UTC`` or ``+02:00``.

    :raises ValueError: there is none of that name.
    """
    if fixed := _FIXED.fullmatch(name):
        offset = dt.timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return dt.timezone(-offset if fixed[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"There is no timezone {name!r}: write it as Europe/Berlin, UTC or +02:00."
        ) from None


def moment(text: str) -> dt.datetime:
    """Read a moment as Airflow's API writes it."""
    # Python 3.10 does not read a "Z".
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def slot(answer: Mapping[str, Any], zone: dt.tzinfo) -> Slot | None:
    """Read a run, or what Airflow says of one that it would make.

    :param answer: a DAG run, or an entry of a backfill's dry run, as Airflow's API gives it.
    :param zone: the timetable's timezone.
    :return: its place in the schedule, or None when the run has no date.
    """
    run_id, state = answer.get("dag_run_id"), answer.get("state")
    if key := answer.get("partition_key"):
        local = _partition(key, answer.get("partition_date"), zone)
        if local is None:
            return None
        # Of the bounds of partitions Airflow reads the clock, in the timetable's timezone.
        return Slot(key, local, local.replace(tzinfo=dt.timezone.utc), run_id, state)
    logical = answer.get("logical_date")
    if logical is None:
        return None
    at = moment(logical).astimezone(dt.timezone.utc)
    # Of a run on schedule the logical date is the start of the data interval; one by hand may differ.
    start = answer.get("data_interval_start")
    local = (moment(start) if start else at).astimezone(zone).replace(tzinfo=None, fold=0)
    return Slot(at.isoformat(), local, at, run_id, state)


def _partition(key: str, date: str | None, zone: dt.tzinfo) -> dt.datetime | None:
    """Give the local date of a partition. Its key is local time, as Airflow writes it, or nothing to read."""
    at = moment(date) if date else None
    try:
        written = moment(key)
    except ValueError:
        return at.astimezone(zone).replace(tzinfo=None) if at else None
    local = written.astimezone(zone).replace(tzinfo=None) if written.tzinfo else written
    if at and abs(local - at.astimezone(dt.timezone.utc).replace(tzinfo=None)) > _FURTHEST:
        return at.astimezone(zone).replace(tzinfo=None)
    return local


def schedule(planned: Iterable[Slot], runs: Iterable[Slot]) -> list[Slot]:
    """Put together what Airflow would run and what it has run, in the order of the schedule.

    :param planned: the places in the schedule, of a dry run that leaves out runs in flight.
    :param runs: the runs that there are, the older first; of several for a place the last one counts.
    """
    found = {each.key: each for each in planned}
    for run in runs:
        if run.key in found or run.in_flight:
            found[run.key] = run
    return sorted(found.values(), key=lambda each: each.bound)


def dates(
    slots: Sequence[Slot],
    task_class: type[luigi.Task],
    date_param: str,
    starts: Iterable[dt.datetime] = (),
) -> dict[object, Slot]:
    """Give the values of the date parameter that runs stand for, each with the run that makes it.

    Of several runs for one date, as an hourly DAG has for a day, it is the last.

    :param slots: the schedule.
    :param task_class: the Luigi task.
    :param date_param: its date parameter.
    :param starts: where runs have a data interval that isn't empty: when intervals start, on local clocks;
        one ends where the next starts.
    :raises TaskSpecError: the parameter is none for dates.
    """
    following = dict(itertools.pairwise(sorted(set(starts))))
    return {
        date_value(task_class, date_param, RunDate(each.local, following.get(each.local))): each
        for each in slots
    }


def check_zone(slots: Sequence[Slot], summary: str | None, zone: dt.tzinfo) -> None:
    """See whether runs are due when the timetable's cron expression says so, on this timezone's clocks.

    The API does not name the timetable's timezone.

    :param slots: the schedule.
    :param summary: the timetable's summary: its cron expression, where it has one.
    :param zone: the timezone in which the slots were read.
    :raises click.UsageError: the clocks of another timezone are meant.
    """
    fields = (summary or "").split()
    if len(fields) != 5 or not (fields[0].isdigit() and fields[1].isdigit()):
        return
    minute, hour = int(fields[0]), int(fields[1])
    fitting = sum((each.local.hour, each.local.minute) == (hour, minute) for each in slots)
    # On a day of 23 hours the clocks may leave out just that time.
    if slots and fitting * 2 < len(slots):
        raise click.UsageError(
            f"The schedule is {summary!r}, and on the clocks of {zone} its runs are at "
            f"{slots[0].local:%H:%M}: the timetable is of another timezone. Name it with --timezone."
        )
