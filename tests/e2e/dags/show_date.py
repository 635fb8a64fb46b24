"""ShowDate, as a cron job had it."""

# Line 2 of the crontab was:
# 30 0 * * * luigi --module tests.e2e.case_tasks ShowDate --date $(date -d yesterday +\%F) --note x_$(date -d yesterday +\%Y\%m\%d) --database $(date -d '-2 days' +\%F)

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow_luigi import LuigiOperator
from pendulum import datetime

with DAG(
    "show_date",
    schedule=CronDataIntervalTimetable("30 0 * * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    tags=["luigi"],
    doc_md=__doc__,
):
    LuigiOperator(
        task_id="ShowDate",
        luigi_task="tests.e2e.case_tasks:ShowDate",
        luigi_params={
            "note": "x_{{ (data_interval_start | default(dag_run.run_after)).astimezone(dag.timezone).strftime('%Y%m%d') }}",
            "database": "{{ ((data_interval_end | default(dag_run.run_after)).astimezone(dag.timezone).replace(tzinfo=None) - macros.timedelta(days=2)).strftime('%Y-%m-%d') }}",
        },
        run_date_param="date",
    )
