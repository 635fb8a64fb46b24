"""What Airflow finds of the bridge: in the plugins folder by way of ``luigi_plugin.py``, or in the wheel."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

PREFIX = "/luigi"
_RUN = "luigi/build?dag_id={DAG_ID}&run_id={RUN_ID}"


@functools.cache
def _pages() -> FastAPI:
    from airflow_luigi.web.app import create_app

    return create_app()


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """Serve the pages. Every component of Airflow loads this; those that serve nothing import nothing."""
    await _pages()(scope, receive, send)


class LuigiPlugin(AirflowPlugin):
    """The bridge's pages: a tab of a task and of a run, and pages under Browse."""

    name = "luigi"
    # Airflow declares them as attributes of an instance.
    fastapi_apps: list[Any] = [{"app": pages, "url_prefix": PREFIX, "name": "Luigi"}]  # noqa: RUF012
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "Luigi",
            "href": f"{_RUN}&task_id={{TASK_ID}}&map_index={{MAP_INDEX}}",
            "destination": "task_instance",
            "url_route": "luigi-build",
        },
        {"name": "Luigi", "href": _RUN, "destination": "dag_run", "url_route": "luigi-run"},
        {
            "name": "Luigi",
            "href": "luigi/dates",
            "destination": "nav",
            "category": "browse",
            "url_route": "luigi",
        },
    ]
