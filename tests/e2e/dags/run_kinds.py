"""One DAG for each kind of run; each gives the run's date to a Luigi task."""

from typing import Any

from airflow.sdk import DAG, Asset
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import datetime

from airflow_luigi import LuigiOperator

TASK = "tests.e2e.case_tasks:ShowDate"
UPDATED = Asset(name="updated", uri="updated://luigi")


def show(parameter: str, **arguments: Any) -> LuigiOperator:
    """Give the run's date to one parameter."""
    return LuigiOperator(task_id=parameter, luigi_task=TASK, run_date_param=parameter, **arguments)


with DAG("run_kinds_trigger", schedule="@daily", start_date=datetime(2026, 1, 1), catchup=False):
    for name in ("date", "month", "hour", "minute", "interval"):
        show(name)

with DAG(
    "run_kinds_scheduled",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 3, 1),
    end_date=datetime(2026, 3, 2),
    catchup=True,
):
    show("date")

with DAG(
    "run_kinds_monthly",
    schedule=CronDataIntervalTimetable("0 0 1 * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
):
    show("interval")
    show("month")

with DAG(
    "run_kinds_local",
    schedule=CronTriggerTimetable("30 0 * * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
):
    show("date")
    show("minute")

# The timetable's timezone is not the DAG's: half past midnight in Auckland is yesterday in UTC.
with DAG(
    "run_kinds_timetable_zone",
    schedule=CronTriggerTimetable("30 0 * * *", timezone="Pacific/Auckland"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
):
    show("date")

with DAG("run_kinds_producer", schedule=None, start_date=datetime(2026, 1, 1)):
    show("date", outlets=[UPDATED])

with DAG("run_kinds_asset", schedule=[UPDATED], start_date=datetime(2026, 1, 1)):
    show("date")

with DAG("run_kinds_explicit", schedule=None, start_date=datetime(2026, 1, 1)):
    show("date", luigi_params={"date": "{{ macros.ds_add('2026-02-28', 1) }}"}, conf_params=["date", "note"])
