"""DAGs that share luigi's central scheduler."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

TASKS = "tests.e2e.luigid_tasks"
CONNECTION = "luigi_e2e"

# Luigi's own patience with its scheduler is 30 s, twice.
IMPATIENT = {"core": {"rpc-retry-attempts": 2, "rpc-retry-wait": 0}}
WAITS = {"worker": {"keep_alive": True, "wait_interval": 0.5, "wait_jitter": 0.5}, **IMPATIENT}


def build(luigi_task: str, luigi_params: Any, **arguments: Any) -> None:
    """Make a LuigiOperator that is patient with other workers, and not with the scheduler."""
    settings: dict[str, Any] = {
        "scheduler_conn_id": CONNECTION,
        "luigi_config": IMPATIENT,
        "retries": 30,
        "retry_delay": timedelta(seconds=2),
        **arguments,
    }
    LuigiOperator(task_id="build", luigi_task=f"{TASKS}:{luigi_task}", luigi_params=luigi_params, **settings)


for side in ("left", "right"):
    with DAG(f"luigid_{side}", schedule=None, start_date=datetime(2026, 1, 1)):
        build("Needs", {"name": f"{{{{ run_id }}}}_{side}", "shared": "both"})

with DAG(
    "luigid_dates",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=30,
    max_active_tasks=30,
):
    build("Dated", {"name": "undated"}, run_date_param="date", luigi_config=WAITS)

with DAG("luigid_gone", schedule=None, start_date=datetime(2026, 1, 1)):
    build("Journaled", {"name": "gone"}, scheduler_conn_id="luigi_gone", retries=1, retry_delay=timedelta(0))

with DAG("luigid_dies", schedule=None, start_date=datetime(2026, 1, 1)):
    build("Needs", {"name": "after_death", "shared": "dies"})
