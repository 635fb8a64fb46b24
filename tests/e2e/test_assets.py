"""What was really rebuilt emits an asset event, and what was found complete does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow import __version__

from airflow_luigi.assets import luigi_asset
from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import Run, finished, start, trigger, verdict

TASKS = "tests.e2e.asset_tasks"
VERSION = tuple(int(part) for part in __version__.split(".")[:2])


def build(airflow: LocalAirflow, case: str, name: str) -> Run:
    """Run a case's DAG for a name."""
    return trigger(airflow, f"asset_{case}", conf={"luigi_params": {"name": name}})


def events(run: Run) -> dict[str, dict[str, Any]]:
    """Give the extra of each event of a run by its asset's name; each asset has one."""
    found = run.airflow.api.asset_events(source_dag_id=run.dag_id, source_run_id=run.run_id)
    assert len({event["name"] for event in found}) == len(found)
    return {event["name"].removeprefix(f"{TASKS}:"): event["extra"] for event in found}


def clear(run: Run) -> None:
    """Have a run's task run again, and succeed."""
    tries = run.task()["try_number"]
    body = {"dry_run": False, "dag_run_id": run.run_id, "only_failed": False, "reset_dag_runs": True}
    run.airflow.api.call("POST", f"dags/{run.dag_id}/clearTaskInstances", body=body)
    run.airflow.api.wait_for(
        "the cleared task", run.task, lambda task: task["try_number"] > tries and task["state"] == "success"
    )


def listen(airflow: LocalAirflow, name: str) -> str:
    dag_id = f"asset_listener_{name}"
    airflow.api.wait_for_dag(dag_id)
    airflow.api.unpause(dag_id)
    return dag_id


def heard(airflow: LocalAirflow, dag_id: str, count: int) -> list[list[str]]:
    """Wait for this many runs of a listener; give what each was told."""
    runs = airflow.api.wait_for_runs(dag_id, count, deadline=60)
    return [airflow.api.xcom(dag_id, run["dag_run_id"], "hear") for run in runs]


def test_what_was_rebuilt_has_an_event_and_what_was_complete_has_none(airflow: LocalAirflow) -> None:
    listener = listen(airflow, "petal")
    first, again, changed = (build(airflow, "petal", name) for name in ("rose", "rose", "lily"))
    found = events(first)
    assert sorted(found) == ["Petal", "Seed"]
    (task,) = found["Petal"].pop("tasks")
    assert found["Petal"] == {"family": "Petal", "count": 1, "omitted": 0}
    assert task["params"] == {"name": "rose"}
    assert task["id"].startswith("Petal_rose_")
    assert task["targets"] == [(airflow.output / "Petal_rose").as_uri()]
    assert verdict(again) == ("success", 1)
    assert events(again) == {}
    assert sorted(events(changed)) == ["Petal", "Seed"]
    # Had the second run been told of, that would have come before the third.
    assert heard(airflow, listener, 2) == [["rose"], ["lily"]]
    assert "pin-that-nobody-sees" not in str(airflow.api.asset_events(source_dag_id="asset_petal"))


def test_the_asset_is_the_one_that_a_dag_file_names(airflow: LocalAirflow) -> None:
    run = build(airflow, "petal", "tulip")
    named = luigi_asset(f"{TASKS}:Petal")
    (event,) = [
        each
        for each in airflow.api.asset_events(source_dag_id=run.dag_id, source_run_id=run.run_id)
        if each["name"] == named.name
    ]
    assert event["uri"] == named.uri == f"luigi://{TASKS}/Petal"
    assert len(airflow.api.get("assets", name_pattern=named.name)["assets"]) == 1


def test_users_own_outlets_emit_with_each_success(airflow: LocalAirflow) -> None:
    first, again = (build(airflow, "outlets", "own") for _ in range(2))
    assert sorted(events(first)) == ["Seed", "users_own"]
    assert sorted(events(again)) == ["users_own"]


@pytest.mark.parametrize("case", ["thorn", "bud", "bud_there"])
def test_what_a_failed_try_rebuilt_is_told_by_the_one_that_succeeds(
    airflow: LocalAirflow, interpreters: None, case: str
) -> None:
    run = build(airflow, case, case)
    assert verdict(run) == ("success", 2)
    assert [task["state"] for task in run.report()["tasks"] if task["family"] == "Seed"] == [
        "already_complete"
    ]
    found = events(run)
    assert len(found) == 2
    assert found["Seed"]["tasks"][0]["targets"] == [(airflow.output / f"Seed_{case}").as_uri()]
    # Told once: a clear that finds all complete tells nothing.
    clear(run)
    assert len(events(run)) == 2


def test_what_was_rebuilt_before_the_task_was_marked_failed_is_told_when_it_is_cleared(
    airflow: LocalAirflow,
) -> None:
    run_id = start(airflow, "asset_bud_killed", conf={"luigi_params": {"name": "killed"}})
    airflow.api.wait_for("Bud to begin", lambda: list(airflow.output.glob("tried_Bud_killed_*")))
    path = f"dags/asset_bud_killed/dagRuns/{run_id}/taskInstances/build"
    airflow.api.call("PATCH", path, body={"new_state": "failed"})
    run = finished(airflow, "asset_bud_killed", run_id)
    airflow.api.wait_for("the log of the end", run.log, lambda log: "BuildKilled" in log, deadline=20)
    assert events(run) == {}
    clear(run)
    assert sorted(events(run)) == ["Bud", "Seed"]


def test_a_build_in_another_interpreter_is_told_of(airflow: LocalAirflow, interpreters: None) -> None:
    run = build(airflow, "petal_there", "there")
    assert verdict(run) == ("success", 1)
    assert events(run)["Petal"]["tasks"][0]["targets"] == [(airflow.output / "Petal_there").as_uri()]


def test_a_skipped_task_emits_nothing(airflow: LocalAirflow) -> None:
    first, again = (build(airflow, "skipped", "skipped") for _ in range(2))
    assert sorted(events(first)) == ["Petal", "Seed"]
    assert (verdict(again), events(again)) == (("skipped", 1), {})
    grafted = build(airflow, "grafted", "grafted")
    assert (verdict(grafted), events(grafted)) == (("skipped", 1), {})
    assert grafted.ran() == ["Seed"]


def test_no_events_if_so_asked(airflow: LocalAirflow) -> None:
    run = build(airflow, "off", "off")
    assert (run.ran(), events(run)) == (["Seed"], {})


def test_a_listener_to_two_waits_for_both_and_external_data_is_not_rebuilt(airflow: LocalAirflow) -> None:
    listener = listen(airflow, "both")
    build(airflow, "thorn", "first")
    build(airflow, "thorn", "second")
    assert airflow.api.dag_runs(listener) == []
    Path(airflow.output / "found_stone").touch()
    polished = build(airflow, "polished", "stone")
    assert sorted(events(polished)) == ["Polished"]
    (names,) = heard(airflow, listener, 1)
    assert {"first", "second", "stone"} <= set(names)


def test_mapped_operators_each_tell(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "asset_mapped")
    assert run.state == "success"
    found = airflow.api.asset_events(source_dag_id=run.dag_id, source_run_id=run.run_id)
    assert sorted(event["extra"]["tasks"][0]["params"]["name"] for event in found) == ["mapped_1", "mapped_2"]


def test_a_thousand_tasks_of_a_family_are_one_event(airflow: LocalAirflow) -> None:
    run = build(airflow, "wreath", "laurel")
    assert verdict(run) == ("success", 1)
    found = events(run)
    assert sorted(found) == ["Petal", "Seed", "Wreath"]
    assert found["Petal"]["count"] == found["Petal"]["omitted"] + len(found["Petal"]["tasks"]) == 1000


@pytest.mark.skipif(VERSION < (3, 2), reason="Airflow has no partitions before 3.2")
def test_the_runs_partition_comes_with_the_event(airflow: LocalAirflow) -> None:
    listener = listen(airflow, "partitioned")
    key = "2026-03-01T00:00:00"
    run = trigger(airflow, "asset_partitioned", partition_key=key)
    (event,) = airflow.api.asset_events(source_dag_id=run.dag_id, source_run_id=run.run_id)
    assert event["extra"]["partition_key"] == key
    assert event["extra"]["tasks"][0]["params"] == {"date": "2026-03-01"}
    wanted = airflow.api.wait_for(
        "the listener's run",
        lambda: [each for each in airflow.api.dag_runs(listener) if each["partition_key"] == key],
    )
    assert len(wanted) == 1
