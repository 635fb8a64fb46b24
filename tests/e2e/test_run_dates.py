"""Every kind of run gives Luigi the date that it stands for."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import Run, backfill, finished, start, trigger

UTC = timezone.utc


def date_of(run: Run, parameter: str = "date") -> str:
    """Give the parameter's value as luigi wrote it."""
    assert run.state == "success", run.log(parameter)
    (task,) = run.report(parameter)["tasks"]
    value: str = task["params"][parameter]
    return value


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("date", "2026-05-06"),
        ("month", "2026-05"),
        ("hour", "2026-05-06T13"),
        ("minute", "2026-05-06T1345"),
        ("interval", "2026-05-06"),
    ],
)
def test_a_manual_run_with_a_logical_date_has_that_date(triggered: Run, parameter: str, value: str) -> None:
    assert date_of(triggered, parameter) == value


@pytest.fixture(scope="module")
def triggered(airflow: LocalAirflow) -> Run:
    return trigger(airflow, "run_kinds_trigger", logical_date=datetime(2026, 5, 6, 13, 45, tzinfo=UTC))


def test_a_manual_run_without_a_logical_date_has_the_day_on_which_it_was_due(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "run_kinds_trigger")
    due = airflow.api.dag_run(run.dag_id, run.run_id)["run_after"]
    assert due.startswith(date_of(run))


def test_a_backfilled_run_has_its_date(airflow: LocalAirflow) -> None:
    day = datetime(2026, 6, 7, tzinfo=UTC)
    runs = backfill(airflow, "run_kinds_trigger", day, day + timedelta(days=1), count=2)
    assert [date_of(run) for run in runs] == ["2026-06-07", "2026-06-08"]


def test_a_scheduled_run_with_a_data_interval_has_the_intervals_start(airflow: LocalAirflow) -> None:
    airflow.api.wait_for_dag("run_kinds_scheduled")
    airflow.api.unpause("run_kinds_scheduled")
    runs = airflow.api.wait_for_runs("run_kinds_scheduled", 2)
    ended = [finished(airflow, "run_kinds_scheduled", run["dag_run_id"]) for run in runs]
    assert [date_of(run) for run in ended] == ["2026-03-01", "2026-03-02"]


def test_a_monthly_data_interval_is_a_month_in_the_dags_timezone(airflow: LocalAirflow) -> None:
    first = datetime(2026, 4, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    (run,) = backfill(airflow, "run_kinds_monthly", first, first, count=1)
    assert date_of(run, "interval") == "2026-04"
    assert date_of(run, "month") == "2026-04"


def test_in_a_local_timezone_the_date_is_the_local_one_on_days_of_23_and_25_hours_too(
    airflow: LocalAirflow,
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    for first in (datetime(2026, 3, 28, 0, 30, tzinfo=zone), datetime(2026, 10, 24, 0, 30, tzinfo=zone)):
        runs = backfill(airflow, "run_kinds_local", first, first + timedelta(days=2), count=3)
        days = [f"{first + timedelta(days=number):%Y-%m-%d}" for number in range(3)]
        assert [date_of(run) for run in runs] == days
        assert [date_of(run, "minute") for run in runs] == [f"{day}T0030" for day in days]


def test_the_timezone_of_the_timetable_decides_when_the_dag_has_another(airflow: LocalAirflow) -> None:
    due = datetime(2026, 5, 6, 0, 30, tzinfo=ZoneInfo("Pacific/Auckland"))
    (run,) = backfill(airflow, "run_kinds_timetable_zone", due, due, count=1)
    assert date_of(run) == "2026-05-06"


def test_a_partitioned_run_has_its_partitions_date(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "run_kinds_partitioned", partition_key="2026-07-08T00:00:00")
    assert date_of(run) == "2026-07-08"


def test_a_partition_key_that_is_no_date_is_refused_with_a_way_out(airflow: LocalAirflow) -> None:
    # Airflow itself refuses such a key for a cron partition; a DAG that waits for assets takes any.
    run = trigger(airflow, "run_kinds_partitioned_asset", partition_key="europe")
    assert run.state == "failed"
    assert "partition key 'europe' is no date" in run.log("date")
    dated = trigger(airflow, "run_kinds_partitioned_asset", partition_key="2026-07-08")
    assert date_of(dated) == "2026-07-08"


def test_an_asset_triggered_run_has_the_day_on_which_it_was_due(airflow: LocalAirflow) -> None:
    airflow.api.wait_for_dag("run_kinds_asset")
    airflow.api.unpause("run_kinds_asset")
    start(airflow, "run_kinds_producer")
    (run,) = airflow.api.wait_for_runs("run_kinds_asset", 1)
    assert run["run_type"] == "asset_triggered"
    shown = date_of(Run(airflow, "run_kinds_asset", run["dag_run_id"], run["state"]))
    assert run["run_after"].startswith(shown)


def test_an_explicit_parameter_wins_over_the_runs_date_and_an_allowed_conf_over_that(
    airflow: LocalAirflow,
) -> None:
    assert date_of(trigger(airflow, "run_kinds_explicit")) == "2026-03-01"
    conf = {"luigi_params": {"date": "2020-02-02"}}
    assert date_of(trigger(airflow, "run_kinds_explicit", conf=conf)) == "2020-02-02"
