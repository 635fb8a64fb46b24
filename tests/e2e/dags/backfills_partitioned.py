"""A partitioned DAG, which Airflow has from 3.2 on, whose Luigi task writes a file for each partition."""

from airflow.sdk import DAG, CronPartitionTimetable
from pendulum import datetime

from airflow_luigi import LuigiOperator

with DAG(
    "backfills_partitioned",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
):
    LuigiOperator(
        task_id="build",
        luigi_task="tests.e2e.backfill_tasks:EachDay",
        luigi_params={"name": "partitioned"},
        run_date_param="date",
    )
