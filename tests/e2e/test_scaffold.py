"""A DAG that was written for a line of a crontab, in a running Airflow."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from local_airflow.airflow import LocalAirflow
from tests.cli.commands import call
from tests.e2e.cases import Run, backfill, trigger

HERE = Path(__file__).resolve().parent
BERLIN = ZoneInfo("Europe/Berlin")


def said(run: Run) -> tuple[str, str, str]:
    assert run.state == "success", run.log("ShowDate")
    (task,) = run.report("ShowDate")["tasks"]
    return task["params"]["date"], task["params"]["note"], task["params"]["database"]


def test_the_dag_is_what_is_written_for_the_crontab(tmp_path: Path) -> None:
    words = ("--crontab", str(HERE / "crontab"), "--start-date", "2026-01-01")
    assert call("scaffold", *words, "--output-folder", str(tmp_path)).exit_code == 0
    written = (tmp_path / "show_date.py").read_text().splitlines()
    # In the repository the imports are sorted as its own are.
    assert sorted(written) == sorted((HERE / "dags" / "show_date.py").read_text().splitlines())


def test_its_runs_have_the_dates_that_date_gave_cron_in_the_night_of_a_clock_change(
    airflow: LocalAirflow,
) -> None:
    first = dt.datetime(2026, 3, 28, 0, 30, tzinfo=BERLIN)
    last = dt.datetime(2026, 3, 30, 0, 30, tzinfo=BERLIN)
    runs = backfill(airflow, "show_date", first, last, count=3)
    assert [said(run) for run in runs] == [
        ("2026-03-28", "x_20260328", "2026-03-27"),
        ("2026-03-29", "x_20260329", "2026-03-28"),
        ("2026-03-30", "x_20260330", "2026-03-29"),
    ]


def test_a_run_by_hand_has_the_time_of_its_trigger(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "show_date")
    due = dt.datetime.fromisoformat(
        airflow.api.dag_run(run.dag_id, run.run_id)["run_after"].replace("Z", "+00:00")
    )
    day = due.astimezone(BERLIN).date()
    assert said(run) == (f"{day}", f"x_{day:%Y%m%d}", f"{day - dt.timedelta(days=2)}")
