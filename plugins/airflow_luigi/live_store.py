"""Where a LuigiOperator publishes its build while it runs, for all who read Airflow's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import airflow
from packaging.version import Version

from airflow_luigi.core.live import HEAD_KEY

# Before that, two threads of a task can't talk to Airflow.
_THREADS_ALLOWED = Version("3.2")


def publisher(context: Any) -> Callable[[str, Any], None]:
    """Give what stores a value of :mod:`airflow_luigi.core.live` under its key.

    It is in Airflow's task state store for as long as the run is known; before Airflow 3.3, which has the
    first one, in XCom. The head says which try it is of.

    :param context: the context of the task that runs.
    """
    ti: Any = context["ti"]

    def put(key: str, value: Any) -> None:
        if key == HEAD_KEY:
            value = {**value, "try_number": ti.try_number}
        if "task_state_store" in context:
            from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined] # its stub forgets it

            context["task_state_store"].set(key, value, retention=NEVER_EXPIRE)
        else:
            ti.xcom_push(key=key, value=value)

    return put


def may_publish_in_background() -> bool:
    """Whether another thread of a task may publish."""
    return Version(airflow.__version__) >= _THREADS_ALLOWED
