"""Luigi's graph of :mod:`tests.stack.tasks`, a box for each part."""

from datetime import timedelta

from pendulum import datetime

from airflow_luigi import LuigiDag

LuigiDag(
    "stack_graph",
    luigi_task="tests.stack.tasks:Whole",
    run_date_param="date",
    schedule=None,
    start_date=datetime(2026, 1, 1, tz="UTC"),
    max_active_runs=10,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=1)},
)
