"""The example DAG of a dated pipeline: backfill, repeat, repair."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import Run, backfill, trigger

DAG, TASK = "words_count_sql", "words_count"
FIRST, DAYS = date(2026, 2, 1), 10
DATES = [FIRST + timedelta(days=number) for number in range(DAYS)]
CHAIN = ("Count", "PrintCounts", "StoreCounts", "Words")
WORDS = [("apple", 5), ("banana", 6), ("grapefruit", 10)]


@pytest.fixture(scope="module")
def words_db(airflow: LocalAirflow) -> Any:
    database = sa.create_engine(airflow.words_url)
    yield database
    database.dispose()


def run_all(airflow: LocalAirflow, reprocess: str) -> dict[date, tuple[str, ...]]:
    """Backfill the dates; give what Luigi ran for each."""
    first, last = (datetime.combine(day, datetime.min.time(), timezone.utc) for day in (DATES[0], DATES[-1]))
    runs = backfill(airflow, DAG, first, last, count=DAYS, reprocess=reprocess)
    assert [run.state for run in runs] == ["success"] * DAYS
    return dict(zip(DATES, (tuple(run.ran(TASK)) for run in runs), strict=True))


def rows(database: sa.Engine, day: date) -> list[tuple[Any, ...]]:
    query = sa.text("select words, letter_count from daily_letter_count where date = :day order by words")
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"day": day})]


def test_a_backfill_its_repeat_and_the_repair_of_what_was_deleted(
    airflow: LocalAirflow, words_db: sa.Engine
) -> None:
    assert run_all(airflow, "none") == dict.fromkeys(DATES, CHAIN)
    assert [rows(words_db, day) for day in DATES] == [WORDS] * DAYS

    assert run_all(airflow, "completed") == dict.fromkeys(DATES, ("PrintCounts",))

    (airflow.output / f"count_{DATES[2]}.csv").unlink()
    with words_db.begin() as connection:
        delete = sa.text("delete from table_updates where update_id = :id")
        assert connection.execute(delete, {"id": f"daily_letter_count_{DATES[7]}"}).rowcount == 1
    assert run_all(airflow, "completed") == {
        **dict.fromkeys(DATES, ("PrintCounts",)),
        DATES[2]: ("Count", "PrintCounts", "StoreCounts"),
        DATES[7]: ("PrintCounts", "StoreCounts"),
    }
    assert [rows(words_db, day) for day in DATES] == [WORDS] * DAYS


def test_the_date_can_be_given_when_a_run_is_triggered(airflow: LocalAirflow, words_db: sa.Engine) -> None:
    run: Run = trigger(airflow, DAG, conf={"luigi_params": {"date": "2026-01-15"}})
    assert run.state == "success"
    assert {task["params"]["date"] for task in run.report(TASK)["tasks"]} == {"2026-01-15"}
    assert rows(words_db, date(2026, 1, 15)) == WORDS


def test_the_same_without_luigi_can_be_run_again(airflow: LocalAirflow, words_db: sa.Engine) -> None:
    day, other = date(2026, 1, 20), date(2026, 1, 21)
    for each in (other, day, day):
        moment = datetime.combine(each, datetime.min.time(), timezone.utc)
        runs = backfill(airflow, f"{DAG}_native", moment, moment, count=1, reprocess="completed")
        assert [run.state for run in runs] == ["success"]
    assert rows(words_db, day) == rows(words_db, other) == WORDS
    counts = (airflow.output / f"count_{day}.csv").read_text()
    assert counts.splitlines() == ["words,letter_count", *(f"{word},{count}" for word, count in WORDS)]
    assert "grapefruit" in runs[0].log("print_counts")
