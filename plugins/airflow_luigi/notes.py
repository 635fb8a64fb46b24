"""What the operators leave in their DAG for those who see it through Airflow's API alone.

Of an operator that API shows little before it has run: its ``params`` are the one place where a value of its
own can be. The values of Luigi's parameters are not noted: one may be secret, and only the class, which a DAG
file's parse does not import, knows which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_luigi.timezones import dag_timezone

if TYPE_CHECKING:
    import luigi

    from airflow_luigi.completeness import LuigiCompletenessOperator
    from airflow_luigi.operators import LuigiOperator

NOTE = "airflow_luigi"
TEMPLATE, VALUE = "template", "value"
BUILD, COMPLETENESS = "build", "completeness"


def spec_of(luigi_task: str | type[luigi.Task]) -> str:
    """Give a task class as ``"package.module:Class"``; a string stays as it is."""
    # As core.task_spec.spec_of, which imports luigi.
    if isinstance(luigi_task, type):
        return f"{luigi_task.__module__}:{luigi_task.__qualname__}"
    return str(luigi_task)


def note(
    operator: LuigiOperator | LuigiCompletenessOperator, kind: str, run_date_param: str | None
) -> dict[str, Any]:
    """Give what is noted of an operator.

    It is what the operator does, the Luigi task, the parameter that the run's date goes into, the names of
    the other parameters that are given, each with whether its value is a template, and the timezone in which
    a run's date is read: that of a timetable is not in the API at all.

    :param operator: an operator whose ``luigi_params`` are known.
    :param kind: ``build`` or ``completeness``.
    :param run_date_param: the parameter that the run's date goes into, or that the dates asked for do.
    """
    params = {
        name: TEMPLATE if "{{" in str(value) or "{%" in str(value) else VALUE
        for name, value in operator.luigi_params.items()
    }
    return {
        "kind": kind,
        "task": spec_of(operator.luigi_task),
        "run_date_param": run_date_param,
        "params": params,
        "timezone": str(dag_timezone(operator.dag)) if operator.has_dag() else None,
    }
