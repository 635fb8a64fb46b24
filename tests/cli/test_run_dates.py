"""Which date a run stands for, from what Airflow's API says of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
import luigi
import pytest
from luigi import date_interval

from airflow_luigi.cli.run_dates import Slot, check_zone, dates, period, schedule, slot, timezone

BERLIN = timezone("Europe/Berlin")


class Run(luigi.Task):
    """Takes a run's date in any precision."""

    task_namespace = "cli_run_dates"
    day = luigi.DateParameter()
    month = luigi.MonthParameter()
    hour = luigi.DateHourParameter()
    interval = luigi.DateIntervalParameter()
    count = luigi.IntParameter()


def read(logical_date: str, zone: dt.tzinfo = BERLIN, **fields: Any) -> Slot:
    found = slot({"logical_date": logical_date, **fields}, zone)
    assert found is not None
    return found


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01T00:00", "2024-12-31T23:59:59.999999"),
        ("2026-02", "2026-02-01T00:00", "2026-02-28T23:59:59.999999"),
        ("2026-11-01", "2026-11-01T00:00", "2026-11-01T23:59:59.999999"),
        ("2026-11-01T13", "2026-11-01T13:00", "2026-11-01T13:59:59.999999"),
        ("2026-11-01 13:05", "2026-11-01T13:05", "2026-11-01T13:05:59.999999"),
    ],
)
def test_a_period_has_a_first_and_a_last_moment(text: str, first: str, last: str) -> None:
    assert period(text) == (local(first), local(last))


@pytest.mark.parametrize("text", ["yesterday", "2026-13", "2026-02-30", "2026-11-01T25", "26-11-01", ""])
def test_what_is_no_date_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        period(text)


def test_a_timezone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no timezone 'Mars/Base'.*Europe/Berlin"):
        timezone("Mars/Base")
    assert timezone("+02:00").utcoffset(None) == dt.timedelta(hours=2)


@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        ("2026-03-27T23:00:00Z", "2026-03-28"),
        ("2026-03-28T23:00:00Z", "2026-03-29"),  # 23 hours
        ("2026-03-29T22:00:00Z", "2026-03-30"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),  # 25 hours
        ("2026-10-25T23:00:00Z", "2026-10-26"),
    ],
)
def test_local_midnight_is_the_local_day_when_the_clocks_change_too(midnight: str, day: str) -> None:
    assert read(midnight).local == local(day)
    assert list(dates([read(midnight)], Run, "day")) == [dt.date.fromisoformat(day)]


def test_every_day_around_a_change_of_clocks_has_one_run() -> None:
    nights = ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]
    found = dates([read(night) for night in nights], Run, "day")
    assert {str(day): each.key for day, each in found.items()} == {
        "2026-10-24": "2026-10-23T22:00:00+00:00",
        "2026-10-25": "2026-10-24T22:00:00+00:00",
        "2026-10-26": "2026-10-25T23:00:00+00:00",
    }


def test_the_hour_that_there_is_twice_is_made_by_its_last_run() -> None:
    hours = [f"2026-10-{day}:00:00Z" for day in ("24T23", "25T00", "25T01", "25T02")]
    found = dates([read(hour) for hour in hours], Run, "hour")
    assert {f"{hour:%dT%H}": each.key[8:13] for hour, each in found.items()} == {
        "25T01": "24T23",
        "25T02": "25T01",
        "25T03": "25T02",
    }


def test_of_several_runs_for_one_date_the_last_makes_it() -> None:
    slots = [read(f"2026-11-{day:02}T00:00:00Z") for day in (1, 2, 30)]
    assert dates(slots, Run, "month") == {dt.date(2026, 11, 1): slots[-1]}


def test_a_data_interval_ends_where_the_next_one_starts() -> None:
    starts = [local("2026-11-02"), local("2026-11-09"), local("2026-11-16")]
    slots = [read("2026-11-01T23:00:00Z"), read("2026-11-08T23:00:00Z")]
    weeks = [date_interval.Week(2026, 45), date_interval.Week(2026, 46)]
    assert list(dates(slots, Run, "interval", starts)) == weeks
    days = [date_interval.Date(2026, 11, 2), date_interval.Date(2026, 11, 9)]
    assert list(dates(slots, Run, "interval")) == days


def test_a_runs_data_interval_wins_over_its_logical_date() -> None:
    run = read("2026-11-02T13:45:00Z", data_interval_start="2026-10-31T23:00:00Z", state="success")
    assert run.local == local("2026-11-01")


@pytest.mark.parametrize(
    ("key", "date", "day"),
    [
        ("2026-07-08T00:00:00", "2026-07-07T22:00:00Z", "2026-07-08"),
        ("2026-07-08T00:00:00", None, "2026-07-08"),  # Airflow 3.2 has only the key
        ("2026-07-08", None, "2026-07-08"),
        ("2026-07-07T22:00:00Z", None, "2026-07-08"),
        ("8 July", "2026-07-07T22:00:00Z", "2026-07-08"),
    ],
)
def test_a_partition_is_of_the_date_in_its_key_or_of_its_own(key: str, date: str | None, day: str) -> None:
    found = slot({"partition_key": key, "partition_date": date, "logical_date": None}, BERLIN)
    assert found is not None
    assert (found.key, found.local) == (key, local(day))
    # The clock of a partition's bounds is the timetable's, whatever timezone is written with it.
    assert found.bound == local(day).replace(tzinfo=dt.timezone.utc)


def test_runs_without_a_date_have_no_place_in_a_schedule() -> None:
    assert slot({"logical_date": None, "partition_key": None, "state": "success"}, BERLIN) is None
    assert slot({"logical_date": None, "partition_key": "europe", "state": "success"}, BERLIN) is None


def test_runs_take_their_place_in_the_schedule_and_those_by_hand_have_none() -> None:
    planned = [read(f"2026-11-0{day}T00:00:00Z") for day in (1, 3)]
    runs = [
        read("2026-11-01T00:00:00Z", dag_run_id="first", state="failed"),
        read("2026-11-02T00:00:00Z", dag_run_id="second", state="running"),
        read("2026-11-02T13:45:00Z", dag_run_id="by hand", state="success"),
    ]
    found = schedule(planned, runs)
    assert [(each.run_id, each.state) for each in found] == [
        ("first", "failed"),
        ("second", "running"),
        (None, None),
    ]


def test_of_several_runs_of_a_partition_the_last_counts() -> None:
    fields = {"partition_key": "2026-11-01", "logical_date": None}
    runs = [slot({**fields, "state": state}, BERLIN) for state in (None, "success", "failed")]
    planned, *made = [each for each in runs if each]
    assert [each.state for each in schedule([planned], made)] == ["failed"]


def test_a_timetable_of_another_timezone_is_noticed() -> None:
    auckland = [read(f"2026-05-0{day}T12:30:00Z", dt.timezone.utc) for day in (1, 2, 3)]
    with pytest.raises(click.UsageError, match=r"'30 0 \* \* \*'.*UTC.*12:30.*--timezone"):
        check_zone(auckland, "30 0 * * *", dt.timezone.utc)
    check_zone(auckland, "30 12 * * *", dt.timezone.utc)
    check_zone(auckland, "@continuous", dt.timezone.utc)


def test_a_day_on_which_the_clocks_leave_the_hour_out_is_no_other_timezone() -> None:
    nights = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
    check_zone([read(night) for night in nights], "30 2 * * *", BERLIN)
