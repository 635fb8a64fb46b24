"""``make demo``: a backfilled week, the same week again, and the repair of what was deleted from it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, text

from local_airflow import session
from local_airflow.airflow import REPO, LocalAirflow
from local_airflow.api import Json
from local_airflow.console import Steps
from local_airflow.errors import LocalAirflowError
from luigi_tasks.tree import print_tree

DAG, TASK = "words_count_sql", "words_count"
DAYS = 7
# Runs at once: a run is short, and most of it is starting up.
PARALLELISM = 4
BACKFILL_DEADLINE = 180.0
CHAIN = ("Words", "Count", "StoreCounts", "PrintCounts")


class DemoFailedError(LocalAirflowError):
    """The demo saw something other than what it is there to show."""


def demo(state: Path, console: Console) -> int:
    """Show the whole thing, and check what is shown.

    :param state: the state folder; what is in it is deleted
    :param console: where to print
    :return: exit code
    """
    steps = Steps(console)
    airflow = LocalAirflow(state, inputs=state / "input", parallelism=PARALLELISM, report=steps.begin)
    exit_code = session.run(airflow, lambda: _Demo(airflow, console, steps).run(), console)
    if exit_code == 0:
        console.print(
            f"\nAirflow is stopped. To look at all this in its UI: make up STATE={_short(state)}",
            highlight=False,
            soft_wrap=True,
        )
    return exit_code


class _Demo:
    """What is shown, in this order."""

    def __init__(self, airflow: LocalAirflow, console: Console, steps: Steps) -> None:
        self._airflow = airflow
        self._console = console
        self._steps = steps
        today = datetime.now(timezone.utc).date()
        self._week = [today - timedelta(days=days) for days in range(DAYS, 0, -1)]
        self._scheduled = 0

    def run(self) -> None:
        """Run the demo, from an empty folder to the last check."""
        self._say("[bold]Airflow says when, Luigi says whether: a week of word counts[/]")
        self._say(f"\n[bold]1. A new Airflow[/] in {_short(self._airflow.state.path)}")
        with self._steps:
            self._airflow.start(empty=True)
            _lay_out_words(self._airflow.state.path / "input", self._week)
            self._steps.begin(f"DAG {DAG}")
            self._airflow.api.wait_for_dag(DAG)

        self._say(f"\n[bold]2. Airflow backfills {self._week[0]} to {self._week[-1]}[/]")
        self._check(self._backfill(), dict.fromkeys(self._week, CHAIN))
        if self._scheduled:
            self._say(
                "Now that the DAG is not paused, Airflow has also run today's date, as the schedule says."
            )
        database = create_engine(self._airflow.words_url)
        self._show_table(database, "daily_letter_count", "date, words")
        self._show_table(database, "table_updates", "update_id")
        self._say("\nThe output folder:")
        print_tree(self._airflow.output)

        self._say("\n[bold]3. The same week again[/]")
        self._check(self._backfill(), dict.fromkeys(self._week, CHAIN[3:]))
        self._say("Nothing ran but PrintCounts, which has no output and so always runs.")

        without_file, without_marker = self._week[1], self._week[4]
        self._say("\n[bold]4. The same week, with two things deleted[/]")
        self._say(f"count_{without_file}.csv, and the marker row of {without_marker}")
        (self._airflow.output / f"count_{without_file}.csv").unlink()
        _delete_marker(database, without_marker)
        repaired: dict[date, tuple[str, ...]] = dict.fromkeys(self._week, CHAIN[3:])
        repaired |= {without_file: CHAIN[1:], without_marker: CHAIN[2:]}
        self._check(self._backfill(), repaired)
        self._say("Exactly what was missing was made again.")
        database.dispose()

    def _backfill(self) -> dict[date, Json]:
        """Have Airflow run the week, and show the runs.

        :return: Luigi's report for each date
        """
        api = self._airflow.api
        first, last = (datetime.combine(day, time(), timezone.utc) for day in (self._week[0], self._week[-1]))

        def watch(runs: list[Json]) -> None:
            states = [run["state"] for run in runs]
            self._steps.update(f"{states.count('success')} of {DAYS} done, {states.count('running')} running")

        week = {"logical_date_gte": first.isoformat(), "logical_date_lte": last.isoformat()}
        with self._steps:
            self._steps.begin(f"backfill of {DAYS} days")
            # The first time the DAG is still paused: nothing competes with the backfill for these dates.
            behavior = "completed"
            backfill = api.create_backfill(
                DAG, first, last, reprocess_behavior=behavior, max_active_runs=DAYS
            )
            api.unpause(DAG)
            runs = api.wait_for_runs(DAG, DAYS, deadline=BACKFILL_DEADLINE, watch=watch, **week)
            # An unpaused DAG also runs as its schedule says.
            self._scheduled = len(api.wait_for_runs(DAG, DAYS, deadline=BACKFILL_DEADLINE)) - DAYS
            api.close_backfill(backfill)

        reports: dict[date, Json] = {}
        table = _table("Date", "State", "Luigi ran", "Found complete")
        for run in runs:
            day = datetime.fromisoformat(run["logical_date"].replace("Z", "+00:00")).date()
            if run["state"] != "success":
                last_try = api.task_instance(DAG, run["dag_run_id"], TASK)["try_number"]
                log = api.logs(DAG, run["dag_run_id"], TASK, last_try)
                raise DemoFailedError(f"the run of {day} is {run['state']}; its log:\n{log}")
            reports[day] = api.xcom(DAG, run["dag_run_id"], TASK)
            families = (_families(reports[day], state) for state in ("ran", "already_complete"))
            table.add_row(str(day), run["state"], *(", ".join(names) or "-" for names in families))
        self._console.print(table)
        return reports

    def _check(self, reports: Mapping[date, Json], expected: Mapping[date, tuple[str, ...]]) -> None:
        for day, families in expected.items():
            ran = _families(reports[day], "ran")
            if sorted(ran) != sorted(families):
                should, did = ", ".join(families), ", ".join(ran) or "nothing"
                raise DemoFailedError(f"for {day} Luigi should have run {should}; it ran {did}")

    def _show_table(self, database: Engine, name: str, order: str) -> None:
        with database.connect() as connection:
            rows = connection.execute(text(f"SELECT * FROM {name} ORDER BY {order}"))  # noqa: S608 (names from here)
            table = _table(*rows.keys())
            for row in rows:
                table.add_row(*map(str, row))
        self._say(f"\nThe table {name} ({table.row_count} rows):")
        self._console.print(table)

    def _say(self, words: str) -> None:
        self._console.print(words, highlight=False, soft_wrap=True)


def _lay_out_words(folder: Path, week: list[date]) -> None:
    """Copy the repository's word lists, so that each day of the week has one of the dated ones."""
    shutil.copytree(REPO / "input", folder)
    for day, dated in zip(week, sorted(folder.glob("words_*.csv")), strict=True):
        dated.rename(folder / f"words_{day}.csv.new")
    for renamed in folder.glob("*.new"):
        renamed.rename(renamed.with_suffix(""))


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, padding=(0, 1))


def _families(report: Json, state: str) -> list[str]:
    """Name the families of a report's tasks in a state, in the order in which they depend on each other."""
    found = {task["family"] for task in report["tasks"] if task["state"] == state}
    return [*(name for name in CHAIN if name in found), *sorted(found - set(CHAIN))]


def _delete_marker(database: Engine, day: date) -> None:
    with database.begin() as connection:
        statement = text("DELETE FROM table_updates WHERE update_id LIKE :of_day")
        deleted = connection.execute(statement, {"of_day": f"%{day}%"}).rowcount
    if deleted != 1:
        raise DemoFailedError(f"the marker table should have had one row for {day}, but had {deleted}")


def _short(path: Path) -> Path:
    path = path.resolve()
    return path.relative_to(REPO) if path.is_relative_to(REPO) else path
