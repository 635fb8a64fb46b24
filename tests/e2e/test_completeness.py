"""LuigiCompletenessOperator: the missing dates, a task mapped over them, and the matrix."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import NOT_RETRIED, RETRIED, Run, error_in, trigger

KEY = "luigi_completeness"
WEEK = [f"1997-03-0{day}" for day in range(1, 8)]


def mapped(run: Run) -> list[str]:
    """Give the dates that the mapped task was given, in order."""
    instances = run.airflow.api.task_instances(run.dag_id, run.run_id)
    indexes = sorted(each["map_index"] for each in instances if each["task_id"] == "make")
    return [
        next(
            task["params"]["date"]
            for task in run.airflow.api.xcom(run.dag_id, run.run_id, "make", map_index=index)["tasks"]
            if task["family"] == "PrintCounts"
        )
        for index in indexes
        if index >= 0
    ]


def failures(run: Run) -> list[str]:
    """Give the logs of what failed."""
    return [
        run.airflow.api.logs(
            run.dag_id, run.run_id, each["task_id"], each["try_number"], map_index=each["map_index"]
        )
        for each in run.airflow.api.task_instances(run.dag_id, run.run_id)
        if each["state"] == "failed"
    ]


def missing(run: Run, task_id: str = "find") -> list[str]:
    found: list[str] = run.airflow.api.xcom(run.dag_id, run.run_id, task_id)
    return found


def matrix(run: Run, task_id: str = "find") -> dict[str, Any]:
    found: dict[str, Any] = run.airflow.api.xcom(run.dag_id, run.run_id, task_id, KEY)
    return found


def test_a_task_is_mapped_over_exactly_the_missing_dates(airflow: LocalAirflow) -> None:
    conf = {"first": WEEK[0], "last": WEEK[-1]}
    first = trigger(airflow, "completeness_mapped", conf=conf)
    assert failures(first) == []
    assert missing(first) == mapped(first) == WEEK
    assert (missing(first, "check"), matrix(first, "check")["verdicts"]) == ([], "C" * 7)

    (airflow.output / f"count_{WEEK[1]}.csv").unlink()
    (airflow.output / f"words_{WEEK[2]}.csv").unlink()
    with sa.create_engine(airflow.words_url).begin() as connection:
        markers = sa.Table("table_updates", sa.MetaData(), autoload_with=connection)
        deleted = markers.delete().where(markers.c.update_id == f"daily_letter_count_{WEEK[4]}")
        assert connection.execute(deleted).rowcount == 1

    again = trigger(airflow, "completeness_mapped", conf=conf)
    assert failures(again) == []
    assert missing(again) == mapped(again) == [WEEK[1], WEEK[4]]
    found = matrix(again)
    assert found["families"] == ["PrintCounts", "StoreCounts", "Count", "Words"]
    assert found["dates"] == WEEK
    assert found["states"] == ["ACCC", "AMMC", "ACCG", "ACCC", "AMCC", "ACCC", "ACCC"]
    assert found["totals"] == {"complete": 5, "missing": 2, "error": 0}
    markers = airflow.api.xcom(again.dag_id, again.run_id, "find", "luigi_markers")
    assert {tuple(each[:2]) for each in markers["markers"]} == {("words_db", "daily_letter_count")}
    assert sorted(each[2] for each in markers["markers"]) == [
        f"daily_letter_count_{date}" for date in WEEK if date != WEEK[4]
    ]
    times = [each[3] for each in markers["markers"]]
    assert times == sorted(times, reverse=True)
    log = again.log("find")
    assert f"{WEEK[1]}  always runs  missing      missing   complete" in log
    assert "7 dates of PrintCounts: 5 complete, 2 missing." in log
    assert missing(again, "check") == []


def test_the_dates_go_from_the_dags_start_to_the_runs_date_in_its_timezone(airflow: LocalAirflow) -> None:
    # It is the third in Berlin.
    run = trigger(
        airflow, "completeness_default", logical_date=datetime(1997, 4, 2, 22, 30, tzinfo=timezone.utc)
    )
    assert run.state == "success"
    assert missing(run) == ["1997-04-01", "1997-04-02", "1997-04-03"]


def test_a_wrong_description_is_not_tried_again(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "completeness_wrong")
    assert verdict_of(run) == ("failed", NOT_RETRIED)
    assert "the module has no class 'PrintCountss'. Did you mean 'PrintCounts'?" in run.log("find")


def test_what_can_not_be_told_fails_and_is_tried_again(airflow: LocalAirflow) -> None:
    airflow.output.mkdir(parents=True, exist_ok=True)
    for date in ("1997-05-01", "1997-05-02"):
        (airflow.output / f"count_{date}.csv").touch()
    run = trigger(airflow, "completeness_unavailable")
    assert verdict_of(run) == ("failed", RETRIED)
    assert "Of 2 dates it can't be told whether they are there: StoreCounts, 1997-05-01" in error_in(
        run.log("find")
    )


def verdict_of(run: Run) -> tuple[str, int]:
    task = run.task("find")
    return task["state"], task["try_number"]
