"""Partitioned runs, which Airflow has from 3.2 on, and what they rebuild."""

from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, PartitionedAssetTimetable, task
from pendulum import datetime

from airflow_luigi import LuigiOperator, luigi_asset

SEED = "tests.e2e.asset_tasks:PartitionedSeed"

with DAG(
    "asset_partitioned",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
):
    LuigiOperator(task_id="build", luigi_task=SEED, run_date_param="date")

with DAG(
    "asset_listener_partitioned",
    schedule=PartitionedAssetTimetable(assets=luigi_asset(SEED)),
    start_date=datetime(2026, 1, 1),
):

    @task
    def hear(dag_run: Any = None) -> Any:
        return dag_run.partition_key

    hear()
