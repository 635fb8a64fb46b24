"""One DAG for each way in which a build can be ended, with a task for each that is hard to end."""

import os
from datetime import timedelta

import airflow
from airflow.sdk import DAG
from packaging.version import Version
from pendulum import datetime

from airflow_luigi import LuigiOperator

# Every build's files are in a folder of its own below this one.
FOLDER = os.environ.get("KILLS_FOLDER", "")
# With four workers, four that are hard to end in a way of their own run at once.
BUILDS = (
    ("sleeps", 1),
    ("writes", 1),
    ("ignores", 1),
    ("starts", 1),
    ("loads", 1),
    ("mixed", 4),
    ("loads", 4),
)
TIMEOUT = timedelta(seconds=30)
ENDS = {
    "timeout": BUILDS,
    "mark_failed": BUILDS,
    "clear": BUILDS,
    "sigkill": BUILDS,
    "worker_sigkill": (("starts", 1), ("mixed", 4)),
}
if Version(airflow.__version__) >= Version("3.3"):
    # Before, a LocalExecutor's worker has the scheduler's handler of SIGTERM, which does nothing there.
    ENDS["worker_sigterm"] = (("sleeps", 1), ("ignores", 1), ("starts", 1), ("mixed", 4))

for end, builds in ENDS.items():
    with DAG(
        f"kills_{end}",
        schedule=None,
        start_date=datetime(2026, 1, 1),
        max_active_tasks=20,
        default_args={"retries": 1, "retry_delay": timedelta(0)},
    ):
        for kind, workers in builds:
            LuigiOperator(
                task_id=f"{kind}_{workers}",
                luigi_task="tests.kill_tasks:Job",
                luigi_params={
                    "folder": f"{FOLDER}/{end}_{kind}_{workers}",
                    "kind": kind,
                    "database": "words_db",
                },
                workers=workers,
                execution_timeout=TIMEOUT if end == "timeout" else None,
            )
