"""Luigi pipelines under Apache Airflow: Airflow says when, Luigi says whether.

The public names are loaded when they are first used: Airflow reads this package's provider information while
it is itself being imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_luigi.assets import luigi_asset
    from airflow_luigi.completeness import LuigiCompletenessOperator
    from airflow_luigi.operators import LuigiOperator
    from airflow_luigi.sensors import LuigiTaskSensor
    from airflow_luigi.task_group import LuigiDag, LuigiTaskGroup

__all__ = [
    "LuigiCompletenessOperator",
    "LuigiDag",
    "LuigiOperator",
    "LuigiTaskGroup",
    "LuigiTaskSensor",
    "__version__",
    "luigi_asset",
]

__version__ = "0.1.0"

_MODULES = {
    "LuigiCompletenessOperator": "airflow_luigi.completeness",
    "LuigiDag": "airflow_luigi.task_group",
    "LuigiOperator": "airflow_luigi.operators",
    "LuigiTaskGroup": "airflow_luigi.task_group",
    "LuigiTaskSensor": "airflow_luigi.sensors",
    "luigi_asset": "airflow_luigi.assets",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
