"""From Luigi's verdict to the Airflow task's state, and what the user reads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import URL

from local_airflow.airflow import LocalAirflow
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
from tests.e2e.dags.verdicts import PASSWORD


def test_a_success_has_a_report_and_a_log_with_each_record_once(airflow: LocalAirflow) -> None:
    assert_a_leaf_grew(trigger(airflow, "verdict_success"))


def test_records_of_four_luigi_processes_each_arrive_once_and_whole(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_many")
    assert verdict(run) == ("success", 1)
    assert run.report()["counts"]["ran"] == 61
    grown = re.findall(rf" warning leaf {re.escape(run.run_id)}_(\d+) grows", run.log())
    assert sorted(map(int, grown)) == list(range(60))


def test_a_failed_task_is_retried_and_named_with_its_traceback(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_failed")
    assert_a_leaf_was_rotten(run, "bad")
    assert "Luigi says FAILED: 1 task\n  Leaf(name=bad, fails=True): ValueError: " in error_in(run.log())
    assert run.report()["tasks"][0]["error"] == "ValueError: leaf bad is rotten"


def test_a_run_that_leaves_its_output_missing_fails(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_no_output")
    assert verdict(run) == ("failed", RETRIED)
    assert re.search(r"run\(\) returned, but did not make \S+/leaf_forgotten", error_in(run.log()))


def test_missing_external_data_fails_or_skips_and_names_task_and_target(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_external_fail")
    assert verdict(run) == ("failed", RETRIED)
    assert re.search(
        r"external data is missing: 1 task\n  Delivery\(\): missing: \S+/delivery.csv", error_in(run.log())
    )
    skipped = trigger(airflow, "verdict_external_skip")
    assert verdict(skipped) == ("skipped", 1)
    assert "Delivery(): missing: " in skipped.log()
    assert skipped.report()["status"] == "MISSING_EXT"


def test_a_build_with_nothing_to_do_is_skipped_if_so_asked(airflow: LocalAirflow) -> None:
    assert verdict(trigger(airflow, "verdict_complete_skip")) == ("success", 1)
    again = trigger(airflow, "verdict_complete_skip")
    assert verdict(again) == ("skipped", 1)
    assert again.report()["counts"]["already_complete"] == 1


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("no_module", "there is no module 'no_such_pipeline'"),
        ("no_class", "the module has no class 'Leef'. Did you mean 'Leaf'?"),
        ("no_parameter", "Leaf has no parameter 'nme'. Did you mean 'name'?"),
        ("missing_parameter", "Leaf needs a value for 'name'"),
        ("bad_value", "parameter 'date' can't be 'yesterday'"),
        ("bad_conf", "The run's conf sets 'name' of tests.e2e.case_tasks:Leaf"),
    ],
)
def test_a_wrong_description_of_a_task_fails_at_once_and_says_what_is_wrong(
    airflow: LocalAirflow, case: str, says: str
) -> None:
    conf: Any = {"luigi_params": {"name": "y"}} if case == "bad_conf" else None
    run = trigger(airflow, f"verdict_{case}", conf=conf)
    assert verdict(run) == ("failed", NOT_RETRIED)
    assert says in error_in(run.log())


def test_an_input_folder_that_is_not_there_is_named(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_folder_missing")
    assert verdict(run) == ("failed", RETRIED)
    assert "the folder /no/such/folder is not there" in error_in(run.log())


def test_a_database_that_nobody_knows_is_named_with_the_places_looked_at(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_unknown_database")
    assert run.state == "failed"
    error = error_in(run.log())
    assert '"nowhere"' in error
    assert "AIRFLOW_CONN_NOWHERE" in error


def stored_text(run: Run) -> str:
    """Give all that Airflow's API tells of a run: logs, XComs, rendered fields."""
    api = run.airflow.api
    path = f"dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/build"
    rendered = api.get(path)["rendered_fields"]
    logs = [run.log(try_number=number) for number in (1, 2)]
    return "\n".join([*logs, str(run.report()), str(rendered)])


def test_a_database_that_does_not_answer_is_named_without_its_password(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_silent_database")
    assert verdict(run) == ("failed", RETRIED)
    text = stored_text(run)
    assert "postgresql://words:***@127.0.0.1:1/words" in text
    assert PASSWORD not in text


def test_a_refused_password_is_told_without_it(airflow: LocalAirflow, mariadb_server: URL) -> None:
    airflow.api.put_connection(
        "refusing_db",
        conn_type="mysql",
        host=mariadb_server.host,
        port=mariadb_server.port,
        login=mariadb_server.username,
        password=PASSWORD,
        schema="test",
    )
    run = trigger(airflow, "verdict_refused_password")
    assert verdict(run) == ("failed", RETRIED)
    text = stored_text(run)
    assert "refusing_db" in error_in(run.log())
    assert "Access denied" in text
    assert PASSWORD not in text


def test_a_timeout_ends_the_build_and_is_the_reason(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "verdict_timeout")
    assert verdict(run) == ("failed", RETRIED)
    assert "AirflowTaskTimeout" in error_in(run.log())
    assert not (airflow.output / "slept_timeout").exists()
    assert not (airflow.output / "after_timeout").exists()


def test_marking_the_task_failed_ends_the_build(airflow: LocalAirflow) -> None:
    run_id = start(airflow, "verdict_killed")
    begun = airflow.output / "begun_killed"
    airflow.api.wait_for("Luigi's task to begin", begun.exists, bool, deadline=60)
    path = f"dags/verdict_killed/dagRuns/{run_id}/taskInstances/build"
    airflow.api.call("PATCH", path, body={"new_state": "failed"})
    run = finished(airflow, "verdict_killed", run_id)
    airflow.api.wait_for(
        "the log of the end", lambda: run.log(), lambda log: "BuildKilled" in log, deadline=20
    )
    assert verdict(run)[0] == "failed"
    assert not (airflow.output / "slept_killed").exists()
