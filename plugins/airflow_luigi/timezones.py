"""The timezone of a DAG's runs, and times in it. Luigi's dates have none."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo


def dag_timezone(dag: Any) -> dt.tzinfo:
    """Give the timezone in which a DAG's timetable reads its cron expression, else the DAG's own."""
    # A timetable from airflow.sdk has a timezone in public, one from airflow.timetables in private.
    for owner, name in ((dag.timetable, "timezone"), (dag.timetable, "_timezone"), (dag, "timezone")):
        zone = getattr(owner, name, None)
        if isinstance(zone, str):
            return ZoneInfo(zone)
        if isinstance(zone, dt.tzinfo):
            return zone
    return dt.timezone.utc


def local_time(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Give a moment as a timezone's clocks show it."""
    local = moment.astimezone(zone)
    # Airflow's datetimes are pendulum's, which Luigi's parameters and users' pipelines need not know.
    return dt.datetime.combine(dt.date(local.year, local.month, local.day), local.time().replace(tzinfo=None))
