"""Airflow tasks that share luigi's central scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local_airflow.airflow import LocalAirflow
from local_airflow.ports import LOOPBACK, free_ports
from tests.e2e.cases import Run, finished, start, trigger
from tests.luigid import Luigid


@pytest.fixture(scope="module")
def luigid(airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Luigid]:
    with Luigid(tmp_path_factory.mktemp("luigid")) as started:
        connect(airflow, "luigi_e2e", started.port)
        yield started


def connect(airflow: LocalAirflow, name: str, port: int) -> None:
    airflow.api.put_connection(
        name, conn_type="luigi", host=LOOPBACK, port=port, login="airflow", password="marker-of-luigid"
    )


def runs_of(airflow: LocalAirflow, name: str) -> int:
    """Say how often a task ran."""
    journal = airflow.output / f"luigid_{name}.journal"
    return len(journal.read_text().splitlines()) if journal.exists() else 0


def is_running(airflow: LocalAirflow, name: str) -> None:
    airflow.api.wait_for(f"{name} to run", lambda: runs_of(airflow, name), bool, deadline=60)


def let_end(airflow: LocalAirflow, name: str) -> None:
    (airflow.output / f"luigid_{name}.go").touch()


def links(run: Run) -> dict[str, Any]:
    path = f"dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/build/links"
    found: dict[str, Any] = run.airflow.api.get(path)["extra_links"]
    return found


def test_a_task_that_two_airflow_tasks_need_runs_once_and_both_end_green(
    airflow: LocalAirflow, luigid: Luigid
) -> None:
    first = start(airflow, "luigid_left")
    is_running(airflow, "both")
    second = start(airflow, "luigid_right")
    path = f"dags/luigid_right/dagRuns/{second}/taskInstances/build"
    airflow.api.wait_for(
        "the second to be retried", lambda: airflow.api.get(path)["try_number"], lambda n: n > 1, deadline=60
    )
    let_end(airflow, "both")
    runs = [finished(airflow, "luigid_left", first), finished(airflow, "luigid_right", second)]
    assert [run.state for run in runs] == ["success", "success"]
    assert runs_of(airflow, "both") == 1
    assert "Shared(name=both): running in another worker: Worker(" in runs[1].log()

    href = links(runs[0])["Luigi visualiser"]
    assert href.startswith(f"{luigid.url}/static/visualiser/index.html#")
    fragment = parse_qs(urlsplit(href).fragment)
    assert fragment["tab"] == ["graph"]
    assert luigid.ask("dep_graph", task_id=fragment["taskId"][0])[fragment["taskId"][0]]["name"] == "Needs"


def test_thirty_dates_at_once_run_the_undated_task_that_they_share_once(
    airflow: LocalAirflow, luigid: Luigid
) -> None:
    dag_id, first = "luigid_dates", datetime(2026, 3, 1, tzinfo=timezone.utc)
    airflow.api.wait_for_dag(dag_id)
    airflow.api.unpause(dag_id)
    backfill = airflow.api.create_backfill(dag_id, first, first + timedelta(days=29), max_active_runs=30)
    airflow.api.wait_for(
        "thirty Luigi workers",
        lambda: sum("Dated" in worker.get("first_task", "") for worker in luigid.ask("worker_list")),
        lambda count: count >= 30,
        deadline=240,
    )
    let_end(airflow, "undated")
    dates: Any = {
        "logical_date_gte": first.isoformat(),
        "logical_date_lte": (first + timedelta(29)).isoformat(),
    }
    runs = airflow.api.wait_for_runs(dag_id, 30, **dates)
    airflow.api.close_backfill(backfill)
    airflow.api.pause(dag_id)
    assert [run["state"] for run in runs] == ["success"] * 30
    assert runs_of(airflow, "undated") == 1
    made = {path.name for path in airflow.output.glob("luigid_undated_2026-03-*") if path.suffix == ""}
    assert len(made) == 30


def test_a_luigid_that_is_not_there_is_told_without_its_password_and_retried(airflow: LocalAirflow) -> None:
    (port,) = free_ports(1)
    connect(airflow, "luigi_gone", port)
    run = trigger(airflow, "luigid_gone")
    assert run.state == "failed"
    assert run.task()["try_number"] == 2
    url = f"http://airflow:***@{LOOPBACK}:{port}"
    assert f"The Luigi scheduler at {url} is not available: Connection refused." in run.log(try_number=2)
    assert runs_of(airflow, "gone") == 0


def test_a_luigid_that_dies_midway_costs_one_try_and_nothing_that_was_made(
    airflow: LocalAirflow, tmp_path: Path
) -> None:
    with Luigid(tmp_path) as luigid:
        connect(airflow, "luigi_e2e", luigid.port)
        run_id = start(airflow, "luigid_dies")
        is_running(airflow, "dies")
        luigid.kill()
        let_end(airflow, "dies")
        path = f"dags/luigid_dies/dagRuns/{run_id}/taskInstances/build"
        airflow.api.wait_for(
            "the next try", lambda: airflow.api.get(path)["try_number"], lambda n: n > 1, deadline=60
        )
        luigid.stop()
        luigid.start()
        run = finished(airflow, "luigid_dies", run_id)
    assert run.state == "success"
    assert runs_of(airflow, "dies") == runs_of(airflow, "after_death") == 1
    assert "What has been made stays." in run.log(try_number=1)
