"""The rules for a run's date; tests/e2e/test_run_dates.py checks them against a running Airflow."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.task_spec import TaskSpecError
from airflow_luigi.run_date import run_date

UTC = dt.timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def context(timetable: Any = None, timezone: dt.tzinfo = UTC, **run: Any) -> dict[str, Any]:
    nothing = {"data_interval_start": None, "data_interval_end": None, "logical_date": None}
    return {
        "dag": SimpleNamespace(timetable=timetable or SimpleNamespace(), timezone=timezone),
        "dag_run": SimpleNamespace(**{**nothing, "run_after": moment("2026-11-09T10:00"), **run}),
    }


def test_each_source_wins_over_the_next() -> None:
    sources: dict[str, Any] = {
        "partition_date": moment("2026-11-01"),
        "partition_key": "2026-11-02T00:00:00",
        "data_interval_start": moment("2026-11-03"),
        "logical_date": moment("2026-11-04"),
        "run_after": moment("2026-11-05"),
    }
    for day in (1, 2, 3, 4, 5):
        assert run_date(context(**sources)).start == dt.datetime(2026, 11, day)
        del sources[next(iter(sources))]
        if not sources:
            break


def test_an_empty_interval_has_no_end() -> None:
    start, end = moment("2026-11-03"), moment("2026-11-04")
    assert run_date(context(data_interval_start=start, data_interval_end=end)) == RunDate(
        naive("2026-11-03"), naive("2026-11-04")
    )
    assert run_date(context(data_interval_start=start, data_interval_end=start)) == RunDate(
        naive("2026-11-03")
    )


@pytest.mark.parametrize("name", ["timezone", "_timezone"])
@pytest.mark.parametrize("zone", [BERLIN, "Europe/Berlin"])
def test_the_timetables_timezone_wins_over_the_dags(name: str, zone: Any) -> None:
    midnight_in_berlin = moment("2026-06-30T22:00")
    given = context(SimpleNamespace(**{name: zone}), timezone=UTC, logical_date=midnight_in_berlin)
    assert run_date(given) == RunDate(naive("2026-07-01"))
    assert run_date(context(timezone=BERLIN, logical_date=midnight_in_berlin)) == RunDate(naive("2026-07-01"))


def test_a_partition_key_without_a_date_is_a_local_time() -> None:
    assert run_date(context(timezone=BERLIN, partition_key="2026-07-01")) == RunDate(naive("2026-07-01"))
    for key in ("2026-06-30T22:00:00+00:00", "2026-06-30T22:00:00Z"):
        assert run_date(context(timezone=BERLIN, partition_key=key)) == RunDate(naive("2026-07-01"))


def test_a_partition_key_that_is_no_date_is_refused() -> None:
    with pytest.raises(TaskSpecError, match=r"partition key 'europe' is no date.*run_date_param=None"):
        run_date(context(partition_key="europe"))


def test_the_datetimes_are_plain_ones() -> None:
    pendulum = pytest.importorskip("pendulum")
    start = run_date(context(logical_date=pendulum.datetime(2026, 7, 1, tz="UTC"))).start
    assert type(start) is dt.datetime
    assert type(start.date()) is dt.date
