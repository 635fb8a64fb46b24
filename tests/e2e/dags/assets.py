"""What LuigiOperator tells Airflow of, and who listens."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, task
from pendulum import datetime

from airflow_luigi import LuigiOperator, luigi_asset

TASKS = "tests.e2e.asset_tasks"
START = datetime(2026, 1, 1, tz="UTC")
# Runs of a case's DAG build what is named in the run's conf.
NAMED: dict[str, Any] = {"luigi_params": {"name": "none"}, "conf_params": ["name"]}


def case(name: str, luigi_task: str, **arguments: Any) -> None:
    """Make a DAG of one LuigiOperator that is retried once, at once."""
    with DAG(f"asset_{name}", schedule=None, start_date=START):
        LuigiOperator(
            task_id="build",
            luigi_task=f"{TASKS}:{luigi_task}",
            retries=1,
            retry_delay=timedelta(0),
            **{**NAMED, **arguments},
        )


def listener(name: str, schedule: Any) -> None:
    """Make a DAG that runs when the assets say so, and prints what was made."""
    with DAG(f"asset_listener_{name}", schedule=schedule, start_date=START, max_active_runs=1):

        @task
        def hear(triggering_asset_events: Any = None) -> list[str]:
            return sorted(
                made["params"]["name"]
                for asset in (luigi_asset(f"{TASKS}:{family}") for family in ("Petal", "Thorn", "Polished"))
                for event in triggering_asset_events.get(asset, [])
                for made in event.extra["tasks"]
            )

        hear()


case("petal", "Petal", luigi_params={"name": "none", "pin": "pin-that-nobody-sees"})
case("outlets", "Seed", outlets=[Asset(name="users_own", uri="delivered://users-own")])
case("thorn", "Thorn")
case("bud", "Bud", execution_timeout=timedelta(seconds=10))
case("bud_there", "Bud", execution_timeout=timedelta(seconds=10), python="{{ var.value.other_python }}")
case("bud_killed", "Bud")
case("petal_there", "Petal", python="{{ var.value.other_python }}")
case("skipped", "Petal", skip_when_complete=True)
case("grafted", "Grafted", on_missing_external="skip")
case("off", "Seed", asset_events=False)
case("polished", "Polished", luigi_config={"worker": {"retry_external_tasks": True}})
case("wreath", "Wreath", luigi_params={"name": "none", "petals": 1000}, workers=1)

with DAG("asset_mapped", schedule=None, start_date=START):
    LuigiOperator.partial(task_id="build", luigi_task=f"{TASKS}:Seed").expand(
        luigi_params=[{"name": "mapped_1"}, {"name": "mapped_2"}]
    )

# An asset has events as soon as a DAG names it, a paused one too.
listener("all", [luigi_asset(f"{TASKS}:{family}") for family in ("Seed", "Bud", "Wreath")])
listener("petal", [luigi_asset(f"{TASKS}:Petal")])
listener("both", luigi_asset(f"{TASKS}:Thorn") & luigi_asset(f"{TASKS}:Polished"))
