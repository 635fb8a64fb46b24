"""Which date an Airflow run stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.task_spec import TaskSpecError
from airflow_luigi.timezones import dag_timezone, local_time


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
    zone = dag_timezone(dag)
    if (date := getattr(run, "partition_date", None)) is not None:
        return RunDate(local_time(date, zone))
    if key := getattr(run, "partition_key", None):
        return RunDate(_from_key(key, zone))
    start, end = run.data_interval_start, run.data_interval_end
    if start is not None:
        return RunDate(local_time(start, zone), local_time(end, zone) if end and end > start else None)
    return RunDate(local_time(run.logical_date or run.run_after, zone))


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
    return local_time(moment, zone) if moment.tzinfo else moment
