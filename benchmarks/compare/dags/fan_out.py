"""Many small tasks, each way."""

import os
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Variable, task
from pendulum import datetime

from airflow_luigi import LuigiDag, LuigiOperator
from benchmarks.compare.pipelines import PIECES_VARIABLE

TASK = "benchmarks.compare.luigi_tasks.fan_out:FanOut"
start_date = datetime(2026, 1, 1, tz="UTC")


@task
def piece(number: int, dag_run: Any = None) -> None:
    path = Path(Variable.get("words_outputs")) / f"piece_{dag_run.logical_date.date()}_{number}.txt"
    beside = path.with_suffix(".new")
    beside.write_text(str(number))
    beside.rename(path)


with DAG("fan_out_native", schedule=None, start_date=start_date, default_args={"retries": 2}):
    piece.expand(number=list(range(int(os.environ[PIECES_VARIABLE]))))

with DAG("fan_out_bash", schedule=None, start_date=start_date):
    module, name = TASK.split(":")
    BashOperator(
        task_id="fan_out",
        bash_command=f"luigi --module {module} {name} --date {{{{ ds }}}} --local-scheduler",
        retries=2,
    )

with DAG("fan_out_bridge", schedule=None, start_date=start_date):
    LuigiOperator(task_id="fan_out", luigi_task=TASK, run_date_param="date", retries=2)

LuigiDag(
    "fan_out_graph",
    luigi_task=TASK,
    run_date_param="date",
    schedule=None,
    start_date=start_date,
    default_args={"retries": 2},
)
