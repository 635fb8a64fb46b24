"""The same Luigi tasks, as LuigiOperator builds them and as a BashOperator calls ``luigi``.

The date is in the run's conf, as ``{"luigi_params": {"date": "2026-11-01"}}``.
"""

import os
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

from airflow_luigi import LuigiOperator

REPO = Path(__file__).resolve().parents[2]

for name in ("PrintCounts", "StoreCounts"):
    with DAG(f"operator_{name}", schedule=None, catchup=False):
        LuigiOperator(
            task_id="build",
            luigi_task=f"luigi_tasks.words_count:{name}",
            luigi_params={"database": "words_db"},
            conf_params=["date"],
        )
    with DAG(f"bash_{name}", schedule=None, catchup=False):
        BashOperator(
            task_id="build",
            bash_command=f"luigi --module luigi_tasks.words_count {name} --local-scheduler"
            " --database words_db --date {{ dag_run.conf['luigi_params']['date'] }}",
            env={
                "AIRFLOW_CONN_WORDS_DB": "{{ conn.words_db.get_uri() }}",
                "PYTHONPATH": os.pathsep.join([str(REPO), str(REPO / "plugins")]),
            },
            append_env=True,
        )
