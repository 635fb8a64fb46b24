"""Links from an Airflow task to other pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from airflow.providers.common.compat.sdk import BaseOperatorLink


class LuigiVisualiserLink(BaseOperatorLink):
    """From an Airflow task to the page of its Luigi task in luigid's visualiser."""

    name = "Luigi visualiser"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Give the page's address, or nothing if the task has no central scheduler."""
        link: str = operator.visualiser_url
        return link


def visualiser_url(scheduler_url: str, task_id: str) -> str:
    """Give the address of a task's page.

    :param scheduler_url: luigid's address, without a password.
    :param task_id: the task's id as luigid knows it.
    """
    fragment = urlencode({"tab": "graph", "taskId": task_id})
    return f"{scheduler_url}/static/visualiser/index.html#{fragment}"
