"""What LuigiTaskSensor refuses when a DAG file is parsed, and what it keeps."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout
from airflow.sdk import DAG

from airflow_luigi import LuigiOperator, LuigiTaskSensor
from airflow_luigi.waiting import CheckError, conclude_wait

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"


def sensor(**arguments: Any) -> LuigiTaskSensor:
    return LuigiTaskSensor(task_id="wait", luigi_task="no_such_pipeline:Task", **arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            {"check_timeout": "60"},
            "check_timeout must be a timedelta, or seconds, .* not '60'",
        ),
        ({"error_tolerance": -1}, "error_tolerance must be a timedelta, or seconds"),
        ({"conf_params": "date"}, r"conf_params must be a list of names: write \['date'\]"),
    ],
)
def test_a_wrong_argument_is_refused_when_the_dag_is_parsed(arguments: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sensor(**arguments)


def test_times_may_be_seconds_or_timedeltas() -> None:
    given = sensor(poke_interval=timedelta(minutes=1), check_timeout=timedelta(seconds=9), error_tolerance=7)
    assert (given.poke_interval, given.check_timeout, given.error_tolerance) == (60, 9, 7)
    operator = LuigiOperator(task_id="o", luigi_task="a:B", external_timeout=timedelta(hours=1))
    assert (operator.external_timeout, operator.external_poke_interval) == (3600, 60)


def test_parameters_and_the_interpreter_are_templated() -> None:
    with DAG("templated"):
        task = sensor(luigi_params={"name": "{{ run_id }}"}, python="/venvs/{{ run_id }}/bin/python")
    task.render_template_fields({"run_id": "r1"})
    assert (task.luigi_params, task.python) == ({"name": "r1"}, "/venvs/r1/bin/python")


def test_neither_the_sensor_nor_the_trigger_imports_luigi() -> None:
    for name in ("from airflow_luigi import LuigiTaskSensor", "import airflow_luigi.triggers"):
        program = f"import sys; {name}; assert 'luigi' not in sys.modules"
        subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(PLUGINS)}, check=True)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"status": "timeout", "text": "T"}, AirflowSensorTimeout),
        ({"status": "unusable", "text": "T", "detail": None}, AirflowFailException),
        ({"status": "error", "text": "T", "detail": "trace", "seconds": 600}, CheckError),
    ],
)
def test_what_the_trigger_says_is_what_airflow_is_told(event: dict[str, Any], error: type[Exception]) -> None:
    conclude_wait({"status": "complete"})
    with pytest.raises(error, match="T"):
        conclude_wait(event)
