"""The process that Airflow has started for one task."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager

from airflow.sdk.execution_time import comms, task_runner

from airflow_luigi.core.lifeline import guarded


def guarded_task() -> AbstractContextManager[None]:
    """Make sure that nothing outlives the task's process, nor that process its supervisor.

    In ``dag.test()``, or a test, the process belongs to whoever called, and is left as it is.
    """
    if isinstance(getattr(task_runner, "SUPERVISOR_COMMS", None), comms.CommsDecoder):
        return guarded(by_parent=True)
    return contextlib.nullcontext()
