"""One DAG for each verdict of Luigi's."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from pendulum import datetime

from airflow_luigi import LuigiOperator

TASKS = "tests.e2e.case_tasks"
PASSWORD = "hunter22-must-not-show"


def case(name: str, luigi_task: str, luigi_params: Any = None, **arguments: Any) -> None:
    """Make a DAG of one LuigiOperator that is retried once, at once."""
    with DAG(f"verdict_{name}", schedule=None, start_date=datetime(2026, 1, 1)):
        LuigiOperator(
            task_id="build",
            luigi_task=luigi_task,
            luigi_params=luigi_params,
            retries=1,
            retry_delay=timedelta(0),
            **arguments,
        )


case("success", f"{TASKS}:Leaf", {"name": "{{ run_id }}"})
case("failed", f"{TASKS}:Leaf", {"name": "bad", "fails": True})
case("no_output", f"{TASKS}:ForgetsOutput", {"name": "forgotten"})
case("external_fail", f"{TASKS}:NeedsExternal")
case("external_skip", f"{TASKS}:NeedsExternal", on_missing_external="skip")
case("complete_skip", f"{TASKS}:Leaf", {"name": "skipped"}, skip_when_complete=True)
case("no_module", "no_such_pipeline:Task")
case("no_class", f"{TASKS}:Leef", {"name": "x"})
case("no_parameter", f"{TASKS}:Leaf", {"nme": "x"})
case("missing_parameter", f"{TASKS}:Leaf")
case("bad_value", f"{TASKS}:ShowDate", {"date": "yesterday"})
case("bad_conf", f"{TASKS}:Leaf", {"name": "x"}, conf_params=["fails"])
case("many", f"{TASKS}:Tree", {"name": "{{ run_id }}_", "leaves": 60}, workers=4)
case("timeout", f"{TASKS}:AfterSleep", {"name": "timeout"}, execution_timeout=timedelta(seconds=3))
case("killed", f"{TASKS}:AfterSleep", {"name": "killed"})
case(
    "folder_missing",
    "luigi_tasks.words_count:Words",
    {"date": "1999-12-30"},
    luigi_config={"folders": {"inputs": "/no/such/folder"}},
)
case("unknown_database", "luigi_tasks.words_count:StoreCounts", {"date": "1999-12-31", "database": "nowhere"})
case(
    "silent_database",
    "luigi_tasks.words_count:PrintCounts",
    {"date": "1999-12-31", "database": f"postgresql://words:{PASSWORD}@127.0.0.1:1/words"},
)
case(
    "refused_password",
    "luigi_tasks.words_count:PrintCounts",
    {"date": "1999-12-31", "database": "refusing_db"},
)
