"""Which dates are missing, and a task mapped over them."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiCompletenessOperator, LuigiOperator

TASK = "luigi_tasks.words_count:PrintCounts"
PARAMS = {"database": "words_db"}
BERLIN = datetime(1997, 4, 1, tz="Europe/Berlin")


def with_database(date: str) -> dict[str, str]:
    """Give the Luigi parameters of a date."""
    return {"database": "words_db", "date": date}


with DAG("completeness_mapped", schedule=None, start_date=datetime(1997, 3, 1)):
    bounds: Any = {"start": "{{ dag_run.conf['first'] }}", "end": "{{ dag_run.conf['last'] }}"}
    find = LuigiCompletenessOperator(task_id="find", luigi_task=TASK, luigi_params=PARAMS, **bounds)
    make = LuigiOperator.partial(task_id="make", luigi_task=TASK).expand(
        luigi_params=find.output.map(with_database)
    )
    check = LuigiCompletenessOperator(
        task_id="check", luigi_task=TASK, luigi_params=PARAMS, trigger_rule="none_failed", **bounds
    )
    make >> check

with DAG("completeness_default", schedule=None, start_date=BERLIN):
    LuigiCompletenessOperator(task_id="find", luigi_task=TASK, luigi_params=PARAMS)

RETRIED: Any = {"retries": 1, "retry_delay": timedelta(0), "start": "1997-05-01", "end": "1997-05-02"}

with DAG("completeness_wrong", schedule=None, start_date=BERLIN):
    LuigiCompletenessOperator(task_id="find", luigi_task=f"{TASK}s", **RETRIED)

with DAG("completeness_unavailable", schedule=None, start_date=BERLIN):
    LuigiCompletenessOperator(
        task_id="find", luigi_task=TASK, luigi_params={"database": "nowhere"}, **RETRIED
    )
