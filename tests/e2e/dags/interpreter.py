"""Builds in the interpreter of another environment, which a Variable names."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

TASKS = "tests.e2e.case_tasks"
OTHER = "{{ var.value.other_python }}"


def case(name: str, luigi_task: str, luigi_params: Any = None, **arguments: Any) -> None:
    """Make a DAG of one LuigiOperator that is retried once, at once."""
    with DAG(f"interpreter_{name}", schedule=None, start_date=datetime(2026, 1, 1, tz="UTC")):
        LuigiOperator(
            task_id="build",
            luigi_task=luigi_task,
            luigi_params=luigi_params,
            retries=1,
            retry_delay=timedelta(0),
            **{"python": OTHER, **arguments},
        )


case("success", f"{TASKS}:Leaf", {"name": "{{ run_id }}"})
case("many", f"{TASKS}:Tree", {"name": "{{ run_id }}_", "leaves": 60}, workers=4)
case("failed", f"{TASKS}:Leaf", {"name": "bad_there", "fails": True})
case("timeout", f"{TASKS}:AfterSleep", {"name": "there_timeout"}, execution_timeout=timedelta(seconds=10))
case("killed", f"{TASKS}:AfterSleep", {"name": "there_killed"}, workers=2)
case("missing", f"{TASKS}:Leaf", {"name": "missing"}, python="/no/such/venv/bin/python")
case("without_luigi", f"{TASKS}:Leaf", {"name": "none"}, python="{{ var.value.bare_python }}")
case(
    "words",
    "luigi_tasks.words_count:PrintCounts",
    {"database": "words_db"},
    run_date_param="date",
    conf_params=["date"],
)
