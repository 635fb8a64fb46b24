"""DAGs of every kind of schedule, each with a Luigi task that writes a file for its date."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import datetime

from airflow_luigi import LuigiDag, LuigiOperator

TASKS = "tests.e2e.backfill_tasks"
BERLIN = "Europe/Berlin"


def dated(
    name: str, schedule: Any, family: str = "EachDay", parameter: str = "date", **arguments: Any
) -> None:
    """Make a DAG whose Luigi task writes to a folder of the DAG's own."""
    arguments.setdefault("start_date", datetime(2026, 1, 1, tz="UTC"))
    dag_id = f"backfills_{name}"
    with DAG(dag_id, schedule=schedule, catchup=False, **arguments):
        LuigiOperator(
            task_id="build",
            luigi_task=f"{TASKS}:{family}",
            luigi_params={"name": name},
            run_date_param=parameter,
        )


berlin = datetime(2026, 1, 1, tz=BERLIN)
dated("interval", CronDataIntervalTimetable("0 0 * * *", timezone=BERLIN), start_date=berlin)
dated("trigger", CronTriggerTimetable("30 0 * * *", timezone=BERLIN), start_date=berlin)
dated("hourly", CronDataIntervalTimetable("0 * * * *", timezone="UTC"), "Hourly", "hour")
dated("weekly", CronDataIntervalTimetable("0 0 * * 1", timezone=BERLIN), "Weekly", "week", start_date=berlin)
dated("elsewhere", CronTriggerTimetable("30 0 * * *", timezone="Pacific/Auckland"))
dated("slow", "@daily", "Slow")
dated("failing", "@daily", "Failing")
dated("unscheduled", None)
dated("untouched", "@daily")

LuigiDag(
    "backfills_graph",
    luigi_task=f"{TASKS}:Summary",
    luigi_params={"name": "graph"},
    run_date_param="date",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
)
