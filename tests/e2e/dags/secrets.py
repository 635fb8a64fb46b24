"""A task whose secrets come from Airflow's connections and luigi.cfg, in success and in failure."""

from datetime import timedelta

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

CONN = "conn.secret_string_db"

for workers in (1, 2):
    with DAG(f"secrets_{workers}", schedule=None, start_date=datetime(2026, 1, 1)):
        for outcome in ("ends", "fails"):
            LuigiOperator(
                task_id=outcome,
                luigi_task="tests.e2e.secret_tasks:Indiscreet",
                luigi_params={
                    # As in many a pipeline that was written for the command line.
                    "connection_string": f"postgresql://{{{{ {CONN}.login }}}}:{{{{ {CONN}.password }}}}"
                    f"@{{{{ {CONN}.host }}}}:{{{{ {CONN}.port }}}}/{{{{ {CONN}.schema }}}}",
                    "database": "secret_named_db",
                    "configured": "secret_cfg_db",
                    "phrase": "{{ conn.secret_service.extra_dejson.phrase }}",
                    "fails": outcome == "fails",
                    "test": workers,
                },
                workers=workers,
                scheduler_conn_id="luigi_secrets",
                retries=1,
                retry_delay=timedelta(0),
            )
