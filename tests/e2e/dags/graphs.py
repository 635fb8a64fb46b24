"""Luigi graphs as Airflow tasks. Each DAG has dates of its own: they share a folder."""

from typing import Any

from airflow.sdk import DAG, task
from pendulum import datetime

from airflow_luigi import LuigiDag, LuigiTaskGroup

TASKS = "tests.graph_tasks"
START = datetime(2026, 1, 1, tz="UTC")


def graph(name: str, family: str, **arguments: Any) -> None:
    """Make a DAG of a Luigi graph."""
    settings = {"run_date_param": "date", "schedule": "@daily", "start_date": START, "catchup": False}
    LuigiDag(f"graph_{name}", luigi_task=f"{TASKS}:{family}", **{**settings, **arguments})


graph("meeting", "Meeting")
graph("shared", "EveryDay", max_active_runs=30, max_active_tasks=30)
graph("broken", "NeedsBroken")
graph("late", "NeedsLate", external_poke_interval=5, external_timeout=300)
graph(
    "months",
    "Monthly",
    run_date_param="month",
    schedule="@monthly",
    granularity="task",
    render_date=datetime(2026, 2, 1),
    max_active_tasks=32,
)

with DAG("graph_in_a_group", schedule=None, start_date=START, params={"go_on": True}):

    @task.short_circuit(ignore_downstream_trigger_rules=False)
    def begin(params: Any = None) -> bool:
        """Say whether to go on."""
        return bool(params["go_on"])

    @task
    def end() -> None:
        """Run, as what follows a pipeline does."""

    pipeline = LuigiTaskGroup("pipeline", luigi_task=f"{TASKS}:Top", run_date_param="date")
    begin() >> pipeline >> end()
