"""The pipeline of ``words_count_sql`` as people schedule Luigi today: a shell command in a task."""

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from pendulum import datetime

with DAG(
    "words_count_sql_bash",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    tags=["luigi"],
    doc_md=__doc__,
):
    BashOperator(
        task_id="words_count",
        bash_command=(
            "luigi --module luigi_tasks.words_count PrintCounts "
            "--date {{ ds }} --database words_db --local-scheduler"
        ),
        retries=2,
    )
