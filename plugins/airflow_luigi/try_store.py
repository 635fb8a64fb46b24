"""What one try of an Airflow task keeps for the next: Airflow clears the XComs before a retry."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from airflow.sdk import Variable


def try_store(context: Any) -> Any:
    """Give the store of the task that runs, with ``get(key)``, ``set(key, value)`` and ``delete(key)``.

    It is Airflow's task state store; before 3.3, which has the first one, a Variable for each key.

    :param context: the context of the task.
    """
    return context["task_state_store"] if "task_state_store" in context else _VariableStore(context)


def is_first_look(context: Any) -> bool:
    """Whether this is the first try of a task, and it has not been deferred: nothing can have been kept."""
    ti = context["ti"]
    resumed = getattr(getattr(ti, "_ti_context_from_server", None), "next_method", None)
    return ti.try_number == 1 and not resumed


class _VariableStore:
    """A Variable in place of the task state store, there as long as a try has failed and none succeeded.

    :param context: the context of the task's run.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._ti = context["ti"]

    def _key(self, key: str) -> str:
        ti = self._ti
        whose = json.dumps([ti.dag_id, ti.run_id, ti.task_id, ti.map_index])
        # Airflow takes 250 characters, fewer than a DAG and a run may have together.
        return f"{key}_{hashlib.sha256(whose.encode()).hexdigest()[:32]}"

    def get(self, key: str) -> Any:
        # Where a Variable may come from a secrets backend, each look costs a request.
        if is_first_look(self._context):
            return None
        return Variable.get(self._key(key), default=None, deserialize_json=True)

    def set(self, key: str, value: Any) -> None:
        ti = self._ti
        description = f"Kept by {ti.task_id} of {ti.dag_id}, run {ti.run_id}, in a try that did not succeed"
        Variable.set(self._key(key), value, description=description, serialize_json=True)

    def delete(self, key: str) -> None:
        Variable.delete(self._key(key))
