"""What LuigiOperator refuses when a DAG file is parsed, and what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_luigi import LuigiOperator
from luigi_tasks.words_count import PrintCounts


def operator(**arguments: Any) -> LuigiOperator:
    return LuigiOperator(
        task_id="build", **{"luigi_task": "luigi_tasks.words_count:PrintCounts", **arguments}
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            {"on_missing_external": "ignore"},
            "on_missing_external must be one of 'fail', 'skip', 'wait', not 'ignore'",
        ),
        ({"workers": 0}, "workers must be 1 or more, not 0"),
        ({"conf_params": "date"}, r"conf_params must be a list of names: write \['date'\]"),
    ],
)
def test_a_wrong_argument_is_refused_when_the_dag_is_parsed(arguments: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        operator(**arguments)


def test_the_task_may_be_the_class_itself() -> None:
    assert operator(luigi_task=PrintCounts).luigi_task is PrintCounts


def test_parameters_are_templated() -> None:
    with DAG("templated"):
        task = operator(luigi_params={"database": "{{ run_id }}_db", "names": ["{{ run_id }}"], "size": 3})
    task.render_template_fields({"run_id": "r1"})
    assert task.luigi_params == {"database": "r1_db", "names": ["r1"], "size": 3}


def test_the_interpreter_is_templated() -> None:
    with DAG("templated"):
        task = operator(python="/venvs/{{ run_id }}/bin/python")
    task.render_template_fields({"run_id": "r1"})
    assert task.python == "/venvs/r1/bin/python"
