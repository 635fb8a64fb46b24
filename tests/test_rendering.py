"""LuigiDag and LuigiTaskGroup: which Airflow tasks they make, and what these are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, TaskGroup
from airflow.sdk.bases.operator import BaseOperator
from pendulum import datetime

from airflow_luigi import LuigiDag, LuigiTaskGroup
from airflow_luigi.core.task_spec import TaskSpecError
from local_airflow.airflow import REPO
from tests.graph_tasks import NeedsLate

START = datetime(2026, 1, 1, tz="UTC")


@pytest.fixture(autouse=True)
def _kept_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_luigi.rendering.AIRFLOW_HOME", str(tmp_path))


def rendered(family: str = "Top", **arguments: Any) -> DAG:
    settings = {"run_date_param": "date", "start_date": START, "schedule": "@daily"}
    spec = family if ":" in family else f"tests.graph_tasks:{family}"
    return LuigiDag("graph", luigi_task=spec, **{**settings, **arguments})


def edges(dag: DAG) -> dict[str, set[str]]:
    return {task.task_id: task.upstream_task_ids for task in dag.tasks}


def operator(dag: DAG, task_id: str) -> Any:
    task = dag.get_task(task_id)
    assert isinstance(task, BaseOperator)
    return task


def test_a_dag_has_a_task_for_each_family() -> None:
    dag = rendered()
    assert edges(dag) == {"Top": {"Left", "Right"}, "Left": {"Bottom"}, "Right": {"Bottom"}, "Bottom": set()}
    assert operator(dag, "Top").doc_md.startswith("A diamond")
    assert operator(dag, "Top").trigger_rule == "none_failed"
    assert operator(dag, "Bottom").trigger_rule == "all_success"
    assert all(operator(dag, task_id).skip_when_complete for task_id in dag.task_ids)


def test_a_group_is_wired_as_any_group() -> None:
    with DAG("around", start_date=START, schedule=None) as dag:
        with TaskGroup("outer"):
            group = LuigiTaskGroup("pipeline", luigi_task="tests.graph_tasks:Top", run_date_param="date")
        BaseOperator(task_id="before") >> group >> BaseOperator(task_id="after")
    assert edges(dag) == {
        "before": set(),
        "outer.pipeline.Bottom": {"before"},
        "outer.pipeline.Left": {"outer.pipeline.Bottom"},
        "outer.pipeline.Right": {"outer.pipeline.Bottom"},
        "outer.pipeline.Top": {"outer.pipeline.Left", "outer.pipeline.Right"},
        "after": {"outer.pipeline.Top"},
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"select": ["+Left"]}, {"Bottom": set(), "Left": {"Bottom"}}),
        ({"select": ["Left+"]}, {"Left": set(), "Top": {"Left"}}),
        ({"select": ["Bottom", "Top"]}, {"Bottom": set(), "Top": {"Bottom"}}),
        ({"exclude": ["Left", "Right"]}, {"Bottom": set(), "Top": {"Bottom"}}),
        ({"exclude": ["+Left"]}, {"Right": set(), "Top": {"Right"}}),
        ({"select": ["+Right+"], "exclude": ["Top"]}, {"Bottom": set(), "Right": {"Bottom"}}),
    ],
)
def test_a_part_of_a_graph_is_chosen_by_family(choice: Any, expected: dict[str, set[str]]) -> None:
    assert edges(rendered(**choice)) == expected


def test_what_other_runs_need_too_is_run_one_at_a_time() -> None:
    dag = rendered("EveryDay")
    assert operator(dag, "Calendar").max_active_tis_per_dag == 1
    assert operator(dag, "EveryDay").max_active_tis_per_dag is None


def test_arguments_are_given_to_all_or_to_one_family() -> None:
    dag = rendered(
        workers=2,
        operator_args={"pool": "small"},
        family_args={"Left": {"workers": 4, "queue": "left", "retries": 7}},
        default_args={"retries": 3},
    )
    assert [operator(dag, each).workers for each in ("Left", "Right")] == [4, 2]
    assert [operator(dag, each).retries for each in ("Left", "Right")] == [7, 3]
    assert [operator(dag, each).queue for each in ("Left", "Right")] == ["left", "default"]
    assert {operator(dag, each).pool for each in dag.task_ids} == {"small"}


def test_a_graph_may_show_what_was_complete_as_a_success() -> None:
    assert not operator(rendered(skip_when_complete=False), "Left").skip_when_complete


def test_each_task_can_be_one_of_airflows() -> None:
    dag = rendered("Week", granularity="task")
    assert len(dag.tasks) == 8
    names = {operator(dag, each).task_display_name for each in dag.task_ids}
    assert {"Week(date=D0)", "Bottom(date=D-6)"} <= names


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"granularity": "box"}, "granularity must be 'family' or 'task', not 'box'."),
        ({"select": "Left"}, r"select must be a list: write \['Left'\]."),
        ({"exclude": ["Lft"]}, "exclude names 'Lft', which is no family of the graph. Did you mean 'Left'"),
        ({"family_args": {"Up": {}}}, "family_args names 'Up', .* It has: Bottom, Left, Right, Top."),
        (
            {"start_date": None},
            "needs a date to be drawn for: give the DAG a start_date, or give render_date",
        ),
        ({"family": "graph_tasks:Top"}, "there is no module 'graph_tasks' on sys.path"),
    ],
)
def test_a_wrong_argument_is_told(arguments: Any, says: str) -> None:
    with pytest.raises((ValueError, TaskSpecError), match=says):
        rendered(**arguments)


def test_the_date_is_the_start_dates_where_the_schedule_is() -> None:
    dag = rendered(start_date=datetime(2026, 2, 1, tz="Pacific/Auckland"), granularity="task")
    late = rendered("Monthly", run_date_param="month", start_date=datetime(2026, 2, 1, tz="Pacific/Auckland"))
    assert len(dag.tasks) == 4
    assert "EveryDay" in late.task_ids
    months = rendered(
        "Monthly",
        run_date_param="month",
        start_date=datetime(2026, 2, 1, tz="Pacific/Auckland"),
        granularity="task",
    )
    # 28 days: it is February there, and still January in UTC.
    assert len(months.tasks) == 1 + 1 + 28


def test_what_comes_from_outside_is_waited_for_by_a_sensor() -> None:
    dag = rendered("NeedsLate", workers=3, external_timeout=60, default_args={"retries": 1})
    sensor = operator(dag, "Late")
    assert (type(sensor).__name__, sensor.timeout, sensor.retries) == ("LuigiNodeSensor", 60, 1)
    (task,) = sensor.tasks_to_wait_for(NeedsLate(date=START.date()))
    assert str(task) == "Late(date=2026-01-01)"


@pytest.mark.parametrize("choice", ["fail", "skip"])
def test_what_comes_from_outside_is_not_waited_for_if_the_user_says_so(choice: str) -> None:
    late = operator(rendered("NeedsLate", on_missing_external=choice), "Late")
    assert (type(late).__name__, late.on_missing_external) == ("LuigiNodeOperator", choice)


def test_the_graph_of_another_environments_pipeline_is_drawn_there(
    luigi_python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    dag = rendered("NeedsLate", python=luigi_python)
    assert edges(dag) == {"NeedsLate": {"Late", "Bottom"}, "Late": set(), "Bottom": set()}
    # A sensor would have to know, on the worker, which tasks that are.
    assert type(operator(dag, "Late")).__name__ == "LuigiNodeOperator"


def test_a_text_to_be_rendered_is_drawn_as_it_stands() -> None:
    dag = rendered(luigi_params={"folder": "{{ run_id }}"})
    assert operator(dag, "Left").luigi_params == {"folder": "{{ run_id }}"}
