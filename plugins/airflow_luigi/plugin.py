"""What Airflow finds of the bridge: in the plugins folder by way of ``luigi_plugin.py``, or in the wheel."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class LuigiPlugin(AirflowPlugin):
    """The bridge, in the list that ``airflow plugins`` gives."""

    name = "luigi"
