"""What a LuigiOperator leaves in its DAG for those who see it through Airflow's API alone.

Of an operator that API shows little before it has run: its ``params`` are the one place where a value of its
own can be. The values of Luigi's parameters are not noted: one may be secret, and only the class, which a DAG
file's parse does not import, knows which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOTE = "airflow_luigi"
TEMPLATE, VALUE = "template", "value"


def note(spec: str, run_date_param: str | None, luigi_params: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is noted of an operator.

    :param spec: its Luigi task, ``"package.module:Class"``.
    :param run_date_param: the parameter that the run's date goes into.
    :param luigi_params: the other parameters; of these the names, and whether a value is a template.
    """
    params = {
        name: TEMPLATE if "{{" in str(value) or "{%" in str(value) else VALUE
        for name, value in luigi_params.items()
    }
    return {"task": spec, "run_date_param": run_date_param, "params": params}
