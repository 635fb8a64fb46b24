"""Airflow's connections as databases that a pipeline names."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from airflow_luigi.core.database_url import ConnectionParts


def airflow_connection(name: str) -> ConnectionParts | None:
    """Look up an Airflow connection by its id, wherever Airflow keeps it.

    :return: its parts, or None when there is no such connection.
    """
    try:
        connection = BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None
    return _parts(connection)


async def airflow_connection_async(name: str) -> ConnectionParts | None:
    """Look up an Airflow connection as :func:`airflow_connection` does, in an event loop."""
    try:
        connection = await BaseHook.aget_connection(name)
    except AirflowNotFoundException:
        return None
    return _parts(connection)


def _parts(connection: Any) -> ConnectionParts:
    return ConnectionParts(
        conn_type=connection.conn_type or "",
        host=connection.host,
        login=connection.login,
        password=connection.password,
        port=connection.port,
        schema=connection.schema,
        extra=connection.extra_dejson,
    )
