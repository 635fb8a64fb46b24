"""Pipelines to look at in the pages."""

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

START = datetime(2026, 1, 1)

# What a pipeline's author writes must not become a part of the page.
with DAG("ui_markup", dag_display_name="<img src=x onerror=alert(1)>", schedule=None, start_date=START):
    LuigiOperator(task_id="build", luigi_task="tests.ui.markup_tasks:Everything")

with DAG("ui_slow", schedule=None, start_date=START):
    LuigiOperator(
        task_id="build",
        luigi_task="tests.ui.slow_tasks:Slow",
        luigi_params={"name": "{{ run_id }}"},
        workers=4,
    )
