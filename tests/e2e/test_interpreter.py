"""Builds in another environment's interpreter, through a running Airflow."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from airflow_luigi.core.processes import live_processes
from local_airflow.airflow import LocalAirflow
from local_airflow.waiting import wait_for
from tests.e2e.cases import (
    NOT_RETRIED,
    RETRIED,
    Run,
    assert_a_leaf_grew,
    assert_a_leaf_was_rotten,
    error_in,
    finished,
    start,
    trigger,
    verdict,
)

DATE = "2026-01-21"


@pytest.fixture(scope="module", autouse=True)
def _variables(interpreters: None) -> None:
    """The variables that name the interpreters."""


def sleeping(airflow: LocalAirflow, name: str) -> int:
    """Wait for a task that sleeps; give the number of its process."""
    begun = airflow.output / f"begun_{name}"
    airflow.api.wait_for("Luigi's task to begin", lambda: begun.exists() and begun.read_text(), deadline=60)
    return int(begun.read_text())


def wait_until_gone(pid: int) -> None:
    wait_for("its end", lambda: pid not in live_processes(), deadline=10, every=0.1)


def test_a_success_has_a_report_and_a_log_with_each_record_once(airflow: LocalAirflow) -> None:
    assert_a_leaf_grew(trigger(airflow, "interpreter_success"))


def test_records_of_four_luigi_processes_each_arrive_once_and_whole(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "interpreter_many")
    assert verdict(run) == ("success", 1)
    grown = re.findall(rf" warning leaf {re.escape(run.run_id)}_(\d+) grows", run.log())
    assert sorted(map(int, grown)) == list(range(60))


def test_a_failed_task_is_retried_and_named_with_its_traceback(airflow: LocalAirflow) -> None:
    assert_a_leaf_was_rotten(trigger(airflow, "interpreter_failed"), "bad_there")


def test_a_missing_interpreter_and_one_without_luigi_fail_at_once(
    airflow: LocalAirflow, bare_python: str
) -> None:
    run = trigger(airflow, "interpreter_missing")
    assert verdict(run) == ("failed", NOT_RETRIED)
    assert "there is no file /no/such/venv/bin/python on this machine" in error_in(run.log())
    run = trigger(airflow, "interpreter_without_luigi")
    assert verdict(run) == ("failed", NOT_RETRIED)
    assert f"{bare_python} (Python " in error_in(run.log())
    assert "has no luigi" in error_in(run.log())


def test_a_named_database_is_loaded_by_another_luigi_and_pandas(airflow: LocalAirflow) -> None:
    run: Run = trigger(airflow, "interpreter_words", conf={"luigi_params": {"date": DATE}})
    assert verdict(run) == ("success", 1)
    assert run.ran() == ["Count", "PrintCounts", "StoreCounts", "Words"]
    assert f"// daily_letter_count, {DATE}" in run.log()
    database = sa.create_engine(airflow.words_url)
    query = sa.text("select words, letter_count from daily_letter_count where date = :day order by words")
    with database.connect() as connection:
        rows = connection.execute(query, {"day": DATE}).all()
    database.dispose()
    assert [tuple(row) for row in rows] == [("apple", 5), ("banana", 6), ("grapefruit", 10)]


def test_a_timeout_ends_the_build_and_is_the_reason(airflow: LocalAirflow) -> None:
    run_id = start(airflow, "interpreter_timeout")
    pid = sleeping(airflow, "there_timeout")
    run = finished(airflow, "interpreter_timeout", run_id)
    assert verdict(run) == ("failed", RETRIED)
    assert "AirflowTaskTimeout" in error_in(run.log())
    wait_until_gone(pid)
    assert not (airflow.output / "slept_there_timeout").exists()


def test_marking_the_task_failed_ends_the_build(airflow: LocalAirflow) -> None:
    run_id = start(airflow, "interpreter_killed")
    pid = sleeping(airflow, "there_killed")
    path = f"dags/interpreter_killed/dagRuns/{run_id}/taskInstances/build"
    airflow.api.call("PATCH", path, body={"new_state": "failed"})
    run = finished(airflow, "interpreter_killed", run_id)
    airflow.api.wait_for("the log of the end", run.log, lambda log: "BuildKilled" in log, deadline=20)
    wait_until_gone(pid)
    assert verdict(run)[0] == "failed"
    assert not (airflow.output / "slept_there_killed").exists()
