"""Words, their letter counts, and the counts in a database: every day, for that day.

The database is the Airflow connection ``words_db``. Luigi decides what a run has to do: a date that is
complete costs a few checks, so it is safe to run or backfill any date again.
"""

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

with DAG(
    "words_count_sql",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["luigi"],
    doc_md=__doc__,
):
    LuigiOperator(
        task_id="words_count",
        luigi_task="luigi_tasks.words_count:PrintCounts",
        luigi_params={"database": "words_db"},
        run_date_param="date",
        conf_params=["date"],
        retries=2,
    )
