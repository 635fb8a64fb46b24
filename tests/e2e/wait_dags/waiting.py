"""Sensors and operators that wait for what comes from outside."""

import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import luigi
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator, LuigiTaskSensor

TASKS = "tests.wait_tasks"
OTHER = "{{ var.value.other_python }}"
MANY = 200
SECRET = "open-sesame-never-shown"

# The workers find it, and nobody else.
sys.path.append(str(Path(__file__).parent / "hidden"))


def dag(name: str, **arguments: Any) -> DAG:
    """Make a DAG that is triggered by hand."""
    return DAG(f"wait_{name}", schedule=None, start_date=datetime(2026, 1, 1), **arguments)


def sensor(
    name: str, luigi_task: Any = f"{TASKS}:Parcel", luigi_params: Any = None, **arguments: Any
) -> None:
    """Make a DAG of one sensor that is retried once, at once."""
    with dag(name):
        LuigiTaskSensor(
            task_id="wait",
            luigi_task=luigi_task,
            luigi_params=luigi_params or {"name": name},
            **{"poke_interval": 5, "timeout": 300, "retries": 1, "retry_delay": timedelta(0), **arguments},
        )


def operator(name: str, **arguments: Any) -> None:
    """Make a DAG of one operator that waits."""
    with dag(name):
        LuigiOperator(
            task_id="build",
            luigi_task=f"{TASKS}:Unpack",
            luigi_params={"name": name},
            on_missing_external="wait",
            external_poke_interval=5,
            retries=1,
            retry_delay=timedelta(0),
            **{"external_timeout": timedelta(minutes=5), **arguments},
        )


class Both(LuigiTaskSensor):
    """Waits for what a task requires."""

    def tasks_to_wait_for(self, task: luigi.Task) -> Iterable[luigi.Task]:
        return [each for each in task.requires() if isinstance(each, luigi.ExternalTask)]


class Here(luigi.ExternalTask):
    """No process can import it but one that reads this file."""

    name = luigi.Parameter()

    def complete(self) -> bool:
        return False


MOODY = f"{TASKS}:Moody"
sensor("late")
sensor("there")
sensor("times_out", timeout=12)
sensor("soft", timeout=timedelta(seconds=12), soft_fail=True)
sensor("other_python", python=OTHER)
sensor("on_worker", deferrable=False, mode="reschedule", poke_interval=20)
sensor("moody", MOODY)
sensor("raises", MOODY, error_tolerance=10)
sensor("raises_at_once", MOODY)
sensor("hangs", MOODY, check_timeout=12)
sensor("hangs_long", MOODY, check_timeout=40)
sensor("restarted", timeout=3600)
sensor("restarted_times_out", timeout=75)
sensor("unknown", f"{TASKS}:Parsel")
sensor("here", Here)
sensor("beside", "beside_the_dags:Beside")
sensor("hidden", "hidden_pipeline:Hidden")
sensor("row", f"{TASKS}:Row", {"database": "words_db", "name": "postgresql"})
sensor("row_mariadb", f"{TASKS}:Row", {"database": "waiting_mariadb", "name": "mariadb"})
sensor(
    "secret", f"{TASKS}:Secretive", {"name": "secret", "phrase": SECRET}, mode="reschedule", poke_interval=20
)
sensor(
    "templated_secret",
    luigi_params={"name": "{{ conn.words_db.password }}"},
    mode="reschedule",
    poke_interval=20,
)
operator("build")
operator("build_there", python=OTHER)
operator("build_times_out", external_timeout=12)

with dag("both"):
    Both(task_id="wait", luigi_task=f"{TASKS}:Unpack", luigi_params={"name": "both"}, poke_interval=5)

with dag("plain"):
    TimeDeltaSensor(task_id="wait", delta=timedelta(seconds=1), deferrable=True)

with dag("many", max_active_tasks=MANY):
    for number in range(MANY):
        LuigiTaskSensor(
            task_id=f"wait_{number}",
            luigi_task=MOODY,
            luigi_params={"name": "many", "number": number},
            poke_interval=20,
        )
