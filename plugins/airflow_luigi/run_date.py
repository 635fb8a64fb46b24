"""Which date an Airflow run stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.task_spec import TaskSpecError


def run_date(context: Mapping[str, Any]) -> RunDate:
    """Give the date that a run stands for, in its DAG's timezone.

    It is the partition's date, else the start of the data interval, else the logical date, else
    ``run_after``, which every run has. A run that was triggered by hand, or by an asset, may have nothing but
    the last.

    The timezone is the one in which the timetable reads its cron expression, else the DAG's own. A partition
    key without a date (Airflow 3.2 has only the key) is read as ISO 8601, in that timezone.

    :param context: the context of a task that runs.
    :raises TaskSpecError: a partition key that is no date.
    """
    dag, run = context["dag"], context["dag_run"]
    zone = _timezone(dag)
    if (date := getattr(run, "partition_date", None)) is not None:
        return RunDate(_local(date, zone))
    if key := getattr(run, "partition_key", None):
        return RunDate(_from_key(key, zone))
    start, end = run.data_interval_start, run.data_interval_end
    if start is not None:
        return RunDate(_local(start, zone), _local(end, zone) if end and end > start else None)
    return RunDate(_local(run.logical_date or run.run_after, zone))


def _timezone(dag: Any) -> dt.tzinfo:
    # A timetable from airflow.sdk has a timezone in public, one from airflow.timetables in private.
    for owner, name in ((dag.timetable, "timezone"), (dag.timetable, "_timezone"), (dag, "timezone")):
        zone = getattr(owner, name, None)
        if isinstance(zone, str):
            return ZoneInfo(zone)
        if isinstance(zone, dt.tzinfo):
            return zone
    return dt.timezone.utc


def _local(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    local = moment.astimezone(zone)
    # Airflow's datetimes are pendulum's, which Luigi's parameters and users' pipelines need not know.
    return dt.datetime.combine(dt.date(local.year, local.month, local.day), local.time().replace(tzinfo=None))


def _from_key(key: str, zone: dt.tzinfo) -> dt.datetime:
    try:
        # Python 3.10 does not read a "Z".
        moment = dt.datetime.fromisoformat(key.replace("Z", "+00:00"))
    except ValueError as error:
        raise TaskSpecError(
            f"The run's partition key {key!r} is no date as 2026-11-01T00:00:00, so it can't be the run's "
            "date. Set run_date_param=None and give the parameter in luigi_params, as a template of "
            "'{{ dag_run.partition_key }}'."
        ) from error
    return _local(moment, zone) if moment.tzinfo else moment
