"""The pipeline of ``words_count_sql``, with an Airflow task for each part of it.

A part that is complete is skipped, and what follows it runs all the same. PrintCounts has no output, and so
always runs.
"""

from pendulum import datetime

from airflow_luigi import LuigiDag

LuigiDag(
    "words_count_sql_graph",
    luigi_task="luigi_tasks.words_count:PrintCounts",
    luigi_params={"database": "words_db"},
    run_date_param="date",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"retries": 2},
    tags=["luigi"],
    doc_md=__doc__,
)
