"""Letter counts of ``words.csv``, made again when the file has changed.

Every hour Luigi compares times. As long as ``words.csv`` is not newer than what was made of it, the run costs
nothing but that check.
"""

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

with DAG(
    "letter_count",
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["luigi"],
    doc_md=__doc__,
):
    LuigiOperator(
        task_id="letter_count",
        luigi_task="luigi_tasks.letter_count:PrintSQL",
        luigi_params={"database": "words_db"},
        on_missing_external="skip",
    )
