"""In what order Luigi asks and runs tasks: look at the log.

The first build prints eight lines. The second prints two: TaskB is complete, and TaskA is not even asked.
Both are in one Airflow task, since what these tasks make lives in its process.
"""

from airflow.sdk import DAG, task
from pendulum import datetime

with DAG(
    "execution_order",
    schedule=None,
    start_date=datetime(2026, 1, 1, tz="UTC"),
    tags=["luigi"],
    doc_md=__doc__,
):

    @task
    def build_twice() -> None:
        from airflow_luigi.core.build import build
        from luigi_tasks.execution_order import TaskB, trace

        for _ in range(2):
            trace.restart()
            build(TaskB())

    build_twice()
