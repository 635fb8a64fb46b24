from __future__ import annotations

import datetime as dt

import luigi
import pytest
from luigi import date_interval

from airflow_luigi.core.dates import RunDate, date_value
from airflow_luigi.core.task_spec import TaskSpecError

MOMENT = dt.datetime(2026, 11, 3, 14, 25, 36)


class Dated(luigi.Task):
    date = luigi.DateParameter()
    month = luigi.MonthParameter()
    year = luigi.YearParameter()
    hour = luigi.DateHourParameter()
    minute = luigi.DateMinuteParameter()
    second = luigi.DateSecondParameter()
    quarter = luigi.DateMinuteParameter(interval=15)
    interval = luigi.DateIntervalParameter()
    text = luigi.Parameter()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date", dt.date(2026, 11, 3)),
        ("month", dt.date(2026, 11, 1)),
        ("year", dt.date(2026, 1, 1)),
        ("hour", dt.datetime(2026, 11, 3, 14)),
        ("minute", dt.datetime(2026, 11, 3, 14, 25)),
        ("second", dt.datetime(2026, 11, 3, 14, 25, 36)),
        ("quarter", dt.datetime(2026, 11, 3, 14, 15)),
        ("interval", date_interval.Date(2026, 11, 3)),
    ],
)
def test_the_runs_date_is_converted_for_the_parameters_type(name: str, value: object) -> None:
    assert date_value(Dated, name, RunDate(MOMENT)) == value


@pytest.mark.parametrize(
    ("start", "end", "value"),
    [
        ("2026-11-03", "2026-11-04", date_interval.Date(2026, 11, 3)),
        ("2026-11-02", "2026-11-09", date_interval.Week(2026, 45)),
        ("2026-11-01", "2026-12-01", date_interval.Month(2026, 11)),
        ("2026-01-01", "2027-01-01", date_interval.Year(2026)),
        ("2026-11-03", "2026-11-06", date_interval.Custom(dt.date(2026, 11, 3), dt.date(2026, 11, 6))),
        ("2026-11-03T06:00", "2026-11-03T12:00", date_interval.Date(2026, 11, 3)),
    ],
)
def test_a_data_interval_becomes_the_interval_that_it_is(start: str, end: str, value: object) -> None:
    run = RunDate(dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end))
    assert date_value(Dated, "interval", run) == value


def test_a_parameter_that_is_not_for_dates_is_refused_with_a_way_out() -> None:
    with pytest.raises(TaskSpecError, match=r"can't go into 'text'.*give 'text' in luigi_params"):
        date_value(Dated, "text", RunDate(MOMENT))
    with pytest.raises(TaskSpecError, match="no parameter 'day' for the run's date"):
        date_value(Dated, "day", RunDate(MOMENT))
