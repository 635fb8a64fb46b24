"""Luigi's tasks as assets: names, bounds, and what is kept from try to try."""

from __future__ import annotations

import json
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException
from airflow.sdk import Asset, Variable
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from airflow_luigi import LuigiOperator, execution, luigi_asset
from airflow_luigi.assets import LISTED_CHARACTERS, Rebuilt
from airflow_luigi.core.report import BuildReport, TaskReport, TaskState
from luigi_tasks.words_count import PrintCounts

SPEC = "luigi_tasks.words_count:PrintCounts"


class Store(dict[str, Any]):
    """Airflow's task state store, which holds JSON."""

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        self.pop(key, None)


class BrokenStore(Store):
    def set(self, key: str, value: Any) -> None:
        raise ConnectionError("no answer")


class Events(dict[str, Any]):
    """Stands for context["outlet_events"] of an Airflow whose DAGs name all assets but some."""

    def __init__(self, unknown: Collection[str] = ()) -> None:
        self.unknown = unknown

    def __getitem__(self, asset: Any) -> Any:
        if asset.name in self.unknown:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.ASSET_NOT_FOUND))
        if not isinstance(asset, Asset):
            return None
        return self.setdefault(asset.name, SimpleNamespace(extra={}))


def operator(**arguments: Any) -> LuigiOperator:
    return LuigiOperator(task_id="build", luigi_task=SPEC, **arguments)


def context(store: Store | None = None, **run: Any) -> Any:
    return {
        "outlet_events": Events(),
        "dag_run": SimpleNamespace(**run),
        "task_state_store": Store() if store is None else store,
    }


def ran(family: str, number: int = 0, size: int = 10) -> TaskReport:
    return TaskReport(
        id=f"{family}_{number}",
        family=family,
        params={"n": str(number)},
        state=TaskState.RAN,
        task_class=f"pipeline.{family.lower()}:{family}",
        outputs=(f"file:///{'x' * size}{number}",),
    )


def emitted(where: Any) -> dict[str, Any]:
    return {name: event.extra for name, event in where["outlet_events"].items()}


def test_a_class_and_its_name_are_the_same_asset() -> None:
    assert luigi_asset(PrintCounts) == luigi_asset(SPEC)
    assert (luigi_asset(SPEC).name, luigi_asset(SPEC).uri) == (
        SPEC,
        "luigi://luigi_tasks.words_count/PrintCounts",
    )


@pytest.mark.parametrize("wrong", ["PrintCounts", "a.b.C", "a:b c", "", "a:", "self"])
def test_an_asset_of_another_form_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"write it as 'package\.module:Class'"):
        luigi_asset(wrong)


def test_users_outlets_stay_and_nothing_is_told_if_so_asked() -> None:
    own = Asset("own")
    task = operator(outlets=own)
    Rebuilt(task, context()).emit([ran("A")])
    assert task.outlets == [own, luigi_asset("pipeline.a:A")]
    where = context(Store())
    silent = Rebuilt(operator(asset_events=False), where)
    silent.keep([ran("A")])
    silent.emit([ran("A")])
    assert where["outlet_events"] == where["task_state_store"] == {}


def test_each_family_has_one_event() -> None:
    where = context(partition_key="2026-11-01")
    Rebuilt(operator(), where).emit([ran("A", 1), ran("B"), ran("A", 2)])
    found = emitted(where)
    assert list(found) == ["pipeline.a:A", "pipeline.b:B"]
    assert found["pipeline.a:A"] == {
        "family": "A",
        "count": 2,
        "tasks": [
            {"id": f"A_{n}", "params": {"n": str(n)}, "targets": [f"file:///xxxxxxxxxx{n}"]} for n in (1, 2)
        ],
        "omitted": 0,
        "partition_key": "2026-11-01",
    }


def test_nothing_that_ran_is_no_event() -> None:
    where = context(Store())
    Rebuilt(operator(), where).emit([])
    assert where["outlet_events"] == {}


def test_an_asset_that_no_dag_names_has_no_event() -> None:
    where = context()
    where["outlet_events"] = Events(unknown=["pipeline.a:A"])
    task = operator()
    Rebuilt(task, where).emit([ran("A"), ran("B")])
    assert list(emitted(where)) == ["pipeline.b:B"]
    assert task.outlets == [luigi_asset("pipeline.b:B")]


@pytest.mark.parametrize(("families", "tasks"), [(1, 5000), (40, 300), (200, 2)])
def test_the_events_of_a_large_build_are_bounded_and_say_by_how_much(families: int, tasks: int) -> None:
    where = context(partition_key=None)
    built = [ran(f"F{family}", n, size=400) for family in range(families) for n in range(tasks)]
    Rebuilt(operator(), where).emit(built)
    found = emitted(where)
    assert len(found) == families
    assert len(json.dumps(found)) <= LISTED_CHARACTERS
    for extra in found.values():
        assert extra["count"] == extra["omitted"] + len(extra["tasks"]) == tasks


def test_what_failed_tries_rebuilt_is_emitted_by_the_one_that_succeeds_and_once() -> None:
    store = Store()
    Rebuilt(operator(), context(store)).keep([ran("A", 1)])
    Rebuilt(operator(), context(store)).keep([ran("A", 2), ran("B")])
    # A try that rebuilds nothing keeps what there is.
    Rebuilt(operator(), context(store)).keep([])
    last = context(store)
    rebuilt = Rebuilt(operator(), last)
    assert rebuilt.earlier
    rebuilt.emit([ran("C")])
    found = emitted(last)
    assert list(found) == ["pipeline.a:A", "pipeline.b:B", "pipeline.c:C"]
    assert [task["id"] for task in found["pipeline.a:A"]["tasks"]] == ["A_1", "A_2"]
    assert store == {}


def test_what_can_not_be_kept_is_named_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    Rebuilt(operator(), context(BrokenStore())).keep([ran("A")])
    log = capsys.readouterr().out
    assert "pipeline.a:A" in log
    assert "ConnectionError: no answer" in log


def test_before_airflow_3_3_a_variable_keeps_what_failed_tries_rebuilt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables: dict[str, Any] = {}
    asked = []

    def get(key: str, **_: Any) -> Any:
        asked.append(key)
        return json.loads(variables.get(key, "null"))

    monkeypatch.setattr(Variable, "get", get)
    monkeypatch.setattr(Variable, "set", lambda key, value, **_: variables.update({key: json.dumps(value)}))
    monkeypatch.setattr(Variable, "delete", variables.pop)

    def old(try_number: int, run_id: str = "r" * 250) -> Any:
        ti = SimpleNamespace(
            dag_id="d" * 250, run_id=run_id, task_id="build", map_index=-1, try_number=try_number
        )
        where = context()
        del where["task_state_store"]
        return {**where, "ti": ti}

    Rebuilt(operator(), old(1)).keep([ran("A")])
    assert (asked, len(variables), max(map(len, variables)) <= 250) == ([], 1, True)
    assert Rebuilt(operator(), old(2, "another run")).earlier == {}
    last = old(2)
    Rebuilt(operator(), last).emit([])
    assert list(emitted(last)) == ["pipeline.a:A"]
    assert variables == {}


def test_a_try_that_finds_all_complete_is_a_success_if_earlier_ones_rebuilt_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complete = TaskReport("A_1", "A", {}, TaskState.ALREADY_COMPLETE)
    monkeypatch.setattr(execution, "build_for", lambda *_, **__: BuildReport("SUCCESS", (complete,)))
    task = operator(skip_when_complete=True, do_xcom_push=False)
    with pytest.raises(AirflowSkipException):
        task.execute(context())
    where = context()
    Rebuilt(task, where).keep([ran("A")])
    task.execute(where)
    assert list(emitted(where)) == ["pipeline.a:A"]
