"""The pipeline of ``words_count_sql``, each way, when the word list of a date has to be waited for."""

from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiDag, LuigiOperator
from dags.words_count_sql_native import count, print_counts, store_counts, words

POKE_INTERVAL = 5
TASK = "benchmarks.compare.luigi_tasks.arriving:PrintCounts"
ARGUMENTS: dict[str, Any] = {
    "luigi_task": TASK,
    "luigi_params": {"database": "words_db"},
    "run_date_param": "date",
    "on_missing_external": "wait",
    "external_poke_interval": POKE_INTERVAL,
}
start_date = datetime(2026, 1, 1, tz="UTC")

with DAG("arriving_native", schedule=None, start_date=start_date, default_args={"retries": 2}):
    arrived = FileSensor(
        task_id="arrived",
        filepath="{{ var.value.words_inputs }}/words_{{ ds }}.csv",
        poke_interval=POKE_INTERVAL,
        deferrable=True,
    )
    list_of_words = words()
    arrived >> list_of_words
    store_counts(count(list_of_words)) >> print_counts()

with DAG("arriving_bash", schedule=None, start_date=start_date):
    module, name = TASK.split(":")
    BashOperator(
        task_id="words_count",
        bash_command=(
            f"luigi --module {module} arriving.{name} "
            "--date {{ ds }} --database words_db --local-scheduler"
        ),
        retries=2,
    )

with DAG("arriving_bridge", schedule=None, start_date=start_date):
    LuigiOperator(task_id="words_count", retries=2, **ARGUMENTS)

LuigiDag("arriving_graph", schedule=None, start_date=start_date, default_args={"retries": 2}, **ARGUMENTS)
