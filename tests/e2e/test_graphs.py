"""Luigi graphs as Airflow tasks, in a running Airflow: states, dates, and what is run once."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import Run, backfill, finished, start, trigger

SUCCESS, SKIPPED = "success", "skipped"


def states(run: Run) -> dict[str, str | None]:
    instances = run.airflow.api.task_instances(run.dag_id, run.run_id)
    return {each["task_id"]: each["state"] for each in instances}


def at(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), timezone.utc)


def journal(airflow: LocalAirflow) -> Counter[str]:
    return Counter((airflow.output / "graphs" / "journal").read_text().split())


def delete(airflow: LocalAirflow, family: str, day: date) -> None:
    """Delete a family's file of one date."""
    (path,) = (airflow.output / "graphs").glob(f"{family}_{day.isoformat().replace('-', '_')}_*")
    path.unlink()


def clear(run: Run, *task_ids: str, downstream: bool = False) -> Run:
    """Clear tasks of a run, as in the UI, and wait until the run has ended again."""
    api = run.airflow.api
    body = {
        "dry_run": False,
        "dag_run_id": run.run_id,
        "task_ids": task_ids,
        "only_failed": False,
        "include_downstream": downstream,
    }
    api.call("POST", f"dags/{run.dag_id}/clearTaskInstances", body=body)
    return finished(run.airflow, run.dag_id, run.run_id)


class TestWordsCount:
    """The pipeline of the example DAG."""

    DAG = "words_count_sql_graph"
    DATES = tuple(date(2026, 4, 1) + timedelta(days=number) for number in range(10))
    WORDS = (("apple", 5), ("banana", 6), ("grapefruit", 10))

    def run_all(self, airflow: LocalAirflow, reprocess: str) -> dict[date, dict[str, str | None]]:
        first, last = at(self.DATES[0]), at(self.DATES[-1])
        runs = backfill(airflow, self.DAG, first, last, count=len(self.DATES), reprocess=reprocess)
        # No part had to be tried twice.
        assert [run.state for run in runs] == [SUCCESS] * len(self.DATES)
        return dict(zip(self.DATES, map(states, runs), strict=True))

    def test_a_backfill_its_repeat_and_the_repair_of_what_was_deleted(self, airflow: LocalAirflow) -> None:
        ran = dict.fromkeys(("Words", "Count", "StoreCounts", "PrintCounts"), SUCCESS)
        nothing = {**dict.fromkeys(ran, SKIPPED), "PrintCounts": SUCCESS}
        assert self.run_all(airflow, "none") == dict.fromkeys(self.DATES, ran)
        assert self.run_all(airflow, "completed") == dict.fromkeys(self.DATES, nothing)

        (airflow.output / f"count_{self.DATES[2]}.csv").unlink()
        database = sa.create_engine(airflow.words_url)
        with database.begin() as connection:
            gone = sa.text("delete from table_updates where update_id = :id")
            connection.execute(gone, {"id": f"daily_letter_count_{self.DATES[7]}"})
            # What is loaded again is seen by this.
            wrong = sa.text("update daily_letter_count set letter_count = 0 where date in (:count, :marker)")
            connection.execute(wrong, {"count": self.DATES[2], "marker": self.DATES[7]})
        assert self.run_all(airflow, "completed") == {
            **dict.fromkeys(self.DATES, nothing),
            # As Luigi decides: StoreCounts is complete only when Count is.
            self.DATES[2]: {**nothing, "Count": SUCCESS, "StoreCounts": SUCCESS},
            self.DATES[7]: {**nothing, "StoreCounts": SUCCESS},
        }
        rows = sa.text(
            "select date, words, letter_count from daily_letter_count where date >= :day order by 1, 2"
        )
        with database.connect() as connection:
            found = [tuple(row) for row in connection.execute(rows, {"day": self.DATES[0]})]
        database.dispose()
        assert [row for row in found if row[0] <= self.DATES[-1]] == [
            (day, *row) for day in self.DATES for row in self.WORDS
        ]


def test_tasks_of_one_run_run_at_the_same_time_where_the_graph_allows_it(airflow: LocalAirflow) -> None:
    # Each of the two in the middle waits until the other has begun.
    run = trigger(airflow, "graph_meeting", logical_date=at(date(2026, 5, 1)))
    assert states(run) == dict.fromkeys(("Meeting", "Here", "There"), SUCCESS)


def test_thirty_dates_at_once_build_what_all_of_them_need_once(airflow: LocalAirflow) -> None:
    first, last = date(2026, 6, 1), date(2026, 6, 30)
    backfill(airflow, "graph_shared", at(first), at(last), count=30, max_active_runs=30)
    # Airflow also starts the run that was due last.
    every = airflow.api.wait_for_runs("graph_shared", 31)
    runs = [Run(airflow, run["dag_id"], run["dag_run_id"], run["state"]) for run in every]
    assert [run.state for run in runs] == [SUCCESS] * 31
    found = Counter(states(run)["Calendar"] for run in runs)
    assert found == {SUCCESS: 1, SKIPPED: 30}
    made = journal(airflow)
    assert [name for name in made if name.startswith("Calendar")] == ["Calendar_"]
    assert made["Calendar_"] == 1
    assert sum(made[name] for name in made if name.startswith("EveryDay_2026_06")) == 30
    times = sorted((run.task("Calendar")["start_date"], run.task("Calendar")["end_date"]) for run in runs)
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(times))


def test_what_a_runs_month_has_and_the_drawn_one_had_not_is_built_too(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "graph_months", logical_date=at(date(2026, 3, 1)))
    assert run.state == SUCCESS
    days = [name for name in journal(airflow) if name.startswith("EveryDay_2026_03")]
    assert len(days) == 31
    assert len(states(run)) == 1 + 1 + 28
    ran = [task["params"]["date"] for task in run.report(_root(run))["tasks"] if task["family"] == "EveryDay"]
    assert {"2026-03-29", "2026-03-30", "2026-03-31"} <= set(ran)


def _root(run: Run) -> str:
    (root,) = (task_id for task_id in states(run) if task_id.startswith("Monthly"))
    return root


def test_what_follows_a_group_runs_when_there_was_nothing_to_do_in_it(airflow: LocalAirflow) -> None:
    day = date(2026, 7, 1)
    names = [f"pipeline.{family}" for family in ("Bottom", "Left", "Right", "Top")]
    first = trigger(airflow, "graph_in_a_group", logical_date=at(day))
    assert states(first) == dict.fromkeys([*names, "begin", "end"], SUCCESS)
    again = clear(first, "begin", downstream=True)
    assert states(again) == {
        **dict.fromkeys(names, SKIPPED),
        # A skipped task would take with it what is not Luigi's.
        "pipeline.Top": SUCCESS,
        "begin": SUCCESS,
        "end": SUCCESS,
    }
    assert "end would be skipped with this task" in again.log("pipeline.Top", 2)


def test_a_group_that_airflow_skips_is_skipped_whole(airflow: LocalAirflow) -> None:
    day = date(2026, 7, 2)
    run = trigger(airflow, "graph_in_a_group", logical_date=at(day), conf={"go_on": False})
    names = [f"pipeline.{family}" for family in ("Bottom", "Left", "Right", "Top")]
    assert states(run) == {**dict.fromkeys([*names, "end"], SKIPPED), "begin": SUCCESS}
    assert not [name for name in journal(airflow) if name.endswith("2026_07_02")]
    assert "Airflow has skipped pipeline.Bottom" in run.log("pipeline.Left")


def test_an_external_task_is_waited_for_in_the_triggerer(airflow: LocalAirflow) -> None:
    day = date(2026, 9, 1)
    run_id = start(airflow, "graph_late", logical_date=at(day))
    run = Run(airflow, "graph_late", run_id, "running")
    airflow.api.wait_for("the sensor to wait", lambda: states(run), lambda now: now.get("Late") == "deferred")
    waiting = airflow.api.wait_for(
        "what does not need it", lambda: states(run), lambda now: now["Bottom"] == SUCCESS, deadline=60
    )
    assert waiting["NeedsLate"] is None
    Path(airflow.output, f"late_{day}").touch()
    assert finished(airflow, "graph_late", run_id).state == SUCCESS
    assert states(run) == dict.fromkeys(("Late", "Bottom", "NeedsLate"), SUCCESS)
    assert re.search(rf"Waiting for 1 task\n  Late\(.*date={day}\): .*/late_{day}", run.log("Late"))


class TestRepair:
    """A run that fails, and what a user does about it."""

    DAY = date(2026, 8, 1)

    def test_the_part_that_failed_is_cleared_and_no_other_is_built_again(self, airflow: LocalAirflow) -> None:
        day = self.DAY
        failed = trigger(airflow, "graph_broken", logical_date=at(day))
        assert states(failed) == {"Bottom": SUCCESS, "Broken": "failed", "NeedsBroken": "upstream_failed"}
        before = journal(airflow)
        Path(airflow.output, "graphs", f"mended_{day}").touch()
        mended = clear(failed, "Broken", downstream=True)
        assert mended.state == SUCCESS
        assert states(mended) == dict.fromkeys(("Bottom", "Broken", "NeedsBroken"), SUCCESS)
        new = journal(airflow) - before
        assert new == {
            f"{family}_{day.isoformat().replace('-', '_')}": 1 for family in ("Broken", "NeedsBroken")
        }

    def test_a_part_that_is_complete_is_skipped_when_it_is_cleared(self, airflow: LocalAirflow) -> None:
        day = self.DAY + timedelta(days=1)
        run = trigger(airflow, "graph_broken", logical_date=at(day))
        assert states(clear(run, "Bottom"))["Bottom"] == SKIPPED
        delete(airflow, "Bottom", day)
        assert states(clear(run, "Bottom"))["Bottom"] == SUCCESS

    def test_behind_a_part_that_is_marked_a_success_luigi_builds_what_is_missing(
        self, airflow: LocalAirflow
    ) -> None:
        day = self.DAY + timedelta(days=2)
        run = trigger(airflow, "graph_broken", logical_date=at(day))
        Path(airflow.output, "graphs", f"mended_{day}").touch()
        path = f"dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/Broken"
        airflow.api.call("PATCH", path, body={"new_state": SUCCESS})
        marked = clear(run, "NeedsBroken")
        assert states(marked)["NeedsBroken"] == SUCCESS
        assert marked.ran("NeedsBroken") == ["Broken", "NeedsBroken"]


def test_each_node_says_what_it_stands_for(airflow: LocalAirflow) -> None:
    airflow.api.wait_for_dag("graph_in_a_group")
    tasks: list[Any] = airflow.api.get("dags/graph_in_a_group/tasks")["tasks"]
    docs = {task["task_id"]: task["doc_md"] for task in tasks}
    assert docs["pipeline.Top"].startswith("A diamond: Top needs Left and Right")
