"""Which dates of the words pipeline are there: asked every hour, and whenever somebody wants to know.

Browse > Luigi shows the answer as a map of dates and tasks, and makes the dates that are missing.
"""

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiCompletenessOperator

with DAG(
    "words_completeness",
    schedule="@hourly",
    start_date=datetime(2026, 11, 1, tz="UTC"),
    catchup=False,
    tags=["luigi"],
    doc_md=__doc__,
):
    LuigiCompletenessOperator(
        task_id="ask",
        luigi_task="luigi_tasks.words_count:PrintCounts",
        luigi_params={"database": "words_db"},
    )
