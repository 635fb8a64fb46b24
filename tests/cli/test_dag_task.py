"""What the command line knows of a DAG's Luigi task, from what its operators have noted."""

from __future__ import annotations

from typing import Any, cast

import click
import pytest
from airflow.providers.common.compat.sdk import XComArg
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import datetime

from airflow_luigi import LuigiCompletenessOperator, LuigiOperator
from airflow_luigi.cli.airflow_api import AirflowApi
from airflow_luigi.cli.dag_task import DagTask, luigi_task_of
from airflow_luigi.notes import NOTE

SPEC = "luigi_tasks.words_count:PrintCounts"
Operator = LuigiOperator | LuigiCompletenessOperator


def noted_by(operator: Operator) -> dict[str, Any]:
    return dict(cast(Any, operator.params).dump())


class Api:
    """Shows the operators of a DAG, and what was rendered in their last runs, as Airflow's API does."""

    def __init__(self, *operators: Operator, rendered: dict[str, Any] | None = None) -> None:
        self._operators = operators
        self._rendered = rendered

    def get(self, path: str, **query: object) -> Any:
        if path.endswith("/tasks"):
            return {
                "tasks": [{"task_id": each.task_id, "params": self._params(each)} for each in self._operators]
            }
        assert path == "dags/d/dagRuns/~/taskInstances"
        ran = [] if self._rendered is None else [{"rendered_fields": {"luigi_params": self._rendered}}]
        return {"task_instances": [{"rendered_fields": {}}, *ran]}

    def _params(self, operator: Operator) -> dict[str, Any]:
        return {name: {"value": value} for name, value in noted_by(operator).items()}


def operator(task_id: str = "build", **arguments: Any) -> LuigiOperator:
    with DAG("d", schedule=CronTriggerTimetable("0 0 * * *", timezone="Asia/Tokyo")):
        return LuigiOperator(task_id=task_id, **{"luigi_task": SPEC, "run_date_param": "date", **arguments})


def found(*operators: Operator, rendered: dict[str, Any] | None = None, **given: Any) -> DagTask:
    return luigi_task_of(cast(AirflowApi, Api(*operators, rendered=rendered)), "d", **given)


def test_an_operator_notes_its_task_its_date_parameter_and_the_timetables_timezone() -> None:
    assert found(operator()) == DagTask(SPEC, "date", {}, "Asia/Tokyo")


def test_the_timezone_of_a_schedule_as_text_is_the_dags() -> None:
    with DAG("d", schedule="@daily", start_date=datetime(2026, 1, 1, tz="Europe/Berlin")):
        task = LuigiOperator(task_id="build", luigi_task=SPEC, run_date_param="date")
    assert found(task).timezone == "Europe/Berlin"


def test_parameters_have_the_values_of_the_last_run() -> None:
    task = operator(luigi_params={"database": "words_db"})
    assert found(task, rendered={"database": "words_db"}).params == {"database": "words_db"}


def test_what_is_given_wins_and_asks_for_no_run() -> None:
    task = operator(luigi_params={"database": "words_db"})
    assert found(task, params={"database": "other"}).params == {"database": "other"}


@pytest.mark.parametrize(
    ("value", "rendered", "why"),
    [
        ("words_db", None, "only when the DAG has run"),
        ("words_db", {"database": "***"}, "Airflow does not show"),
        ("x", {"database": "postgresql://u:***@host/db"}, "Airflow does not show"),
        ("words_db", {}, "Airflow does not show"),
        ("{{ var.value.database }}", {"database": "words_db"}, "is a template"),
        (["{% if x %}"], {"database": ["y"]}, "is a template"),
    ],
)
def test_a_value_that_is_not_known_is_asked_for(value: Any, rendered: Any, why: str) -> None:
    with pytest.raises(click.UsageError, match=rf"sets 'database', .*{why}.*--param database=VALUE"):
        found(operator(luigi_params={"database": value}), rendered=rendered)


def test_no_value_of_a_parameter_is_noted() -> None:
    task = operator(luigi_params={"database": "hunter2", "token": "hunter2"})
    assert "hunter2" not in str(noted_by(task))
    assert noted_by(task)[NOTE]["params"] == {"database": "value", "token": "value"}


def test_one_of_several_tasks_must_be_named() -> None:
    tasks = operator("a"), operator("b", luigi_task="luigi_tasks.words_count:Count", run_date_param=None)
    with pytest.raises(click.UsageError, match=r"2 Luigi tasks \(.*:Count, .*:PrintCounts\).*--luigi-task"):
        found(*tasks)
    assert found(*tasks, spec=SPEC).date_param == "date"
    with pytest.raises(click.UsageError, match="name it with --date-param"):
        found(*tasks, spec="luigi_tasks.words_count:Count")
    assert found(*tasks, spec="luigi_tasks.words_count:Count", date_param="date").params == {}


def test_the_operators_of_one_graph_are_one_task() -> None:
    assert found(operator("a"), operator("b")).spec == SPEC


def test_what_asks_for_dates_notes_that_and_is_no_build() -> None:
    with DAG("d", schedule="@daily", start_date=datetime(2026, 1, 1, tz="Europe/Berlin")):
        asks = LuigiCompletenessOperator(
            task_id="ask", luigi_task="luigi_tasks.words_count:Count", luigi_params={"database": "words_db"}
        )
        named = LuigiCompletenessOperator(task_id="named", luigi_task=SPEC, date_param="date")
    assert noted_by(asks)[NOTE] == {
        "kind": "completeness",
        "task": "luigi_tasks.words_count:Count",
        "run_date_param": None,
        "params": {"database": "value"},
        "timezone": "Europe/Berlin",
    }
    assert noted_by(named)[NOTE]["run_date_param"] == "date"
    assert noted_by(operator())[NOTE]["kind"] == "build"
    assert found(asks, operator()).spec == SPEC
    with pytest.raises(click.UsageError, match="shows no Luigi task"):
        found(asks, named)


def test_a_note_from_before_there_were_kinds_is_of_a_build() -> None:
    task = operator()
    del cast(Any, task.params)[NOTE]["kind"]
    assert found(task).spec == SPEC


def test_a_dag_that_shows_no_luigi_task_says_so() -> None:
    with pytest.raises(click.UsageError, match=r"'d' shows no Luigi task: .*--luigi-task module:Class"):
        found()
    assert found(spec=SPEC, date_param="date") == DagTask(SPEC, "date", {}, None)


def test_parameters_that_another_task_returns_leave_no_note() -> None:
    with DAG("d"):
        first = LuigiOperator(task_id="first", luigi_task=SPEC)
        task = LuigiOperator(task_id="second", luigi_task=SPEC, luigi_params=cast(Any, XComArg(first)))
    assert NOTE not in task.params
