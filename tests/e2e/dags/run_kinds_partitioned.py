"""Partitioned runs, which Airflow has from 3.2 on."""

from airflow.sdk import DAG, Asset, CronPartitionTimetable, PartitionedAssetTimetable
from pendulum import datetime

from airflow_luigi import LuigiOperator

TASK = "tests.e2e.case_tasks:ShowDate"

with DAG(
    "run_kinds_partitioned",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
):
    LuigiOperator(task_id="date", luigi_task=TASK, run_date_param="date")

with DAG(
    "run_kinds_partitioned_asset",
    schedule=PartitionedAssetTimetable(assets=Asset(name="delivered", uri="delivered://luigi")),
    start_date=datetime(2026, 1, 1),
):
    LuigiOperator(task_id="date", luigi_task=TASK, run_date_param="date")
