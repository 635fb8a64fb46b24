"""``airflow-luigi backfill`` makes what is missing, and nothing else, through Airflow's own backfills."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from local_airflow.airflow import REPO, LocalAirflow

WORDS = [("apple", 5), ("banana", 6), ("grapefruit", 10)]
HOURS = ["2026-10-24T22", "2026-10-24T23", "2026-10-25T00", "2026-10-25T01"]
INTERRUPTED = 130


class Terminal:
    """Where the command is called, beside a running Airflow."""

    def __init__(self, airflow: LocalAirflow, folder: Path) -> None:
        self.airflow = airflow
        config = Path(airflow.environment["LUIGI_CONFIG_PATH"]).read_text()
        url = airflow.words_url.render_as_string(hide_password=False).replace("%", "%%")
        (folder / "luigi.cfg").write_text(f"{config}\n[connections]\nwords_db = {url}\n")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "PYTHONPATH": os.pathsep.join(map(str, (REPO, REPO / "plugins"))),
            "PYTHONUNBUFFERED": "1",
            "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg"),
            "AIRFLOW_API_URL": airflow.url,
            "AIRFLOW_API_USER": airflow.user,
            "AIRFLOW_API_PASSWORD": airflow.password,
            "NO_PROXY": "127.0.0.1",
            "COLUMNS": "200",
        }

    def start(self, dag_id: str, first: str, last: str, *options: str) -> subprocess.Popen[str]:
        """Call the command."""
        self.airflow.api.wait_for_dag(dag_id)
        command = [sys.executable, "-m", "airflow_luigi", "backfill", dag_id, "--from", first, "--to", last]
        return subprocess.Popen(
            [*command, *options],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def backfill(self, dag_id: str, first: str, last: str, *options: str) -> tuple[int, str]:
        """Call the command, and give its exit code and what it wrote."""
        process = self.start(dag_id, first, last, *options)
        text, _ = process.communicate(timeout=400)
        return process.returncode, text

    def make(self, dag_id: str, first: str, last: str, *options: str) -> str:
        """Have a range made that can be made, and give what was written."""
        code, text = self.backfill(dag_id, first, last, "--yes", "--unpause", *options)
        assert code == 0, text
        return text

    def made(self, name: str) -> dict[str, int]:
        """Give the dates that a DAG's task has made, with how often."""
        runs = (self.airflow.output / name).glob("*.runs")
        return {path.stem: len(path.read_text().splitlines()) for path in sorted(runs)}

    def within(self, name: str, first: str, last: str) -> dict[str, int]:
        """Give what was made of a range of dates: unpaused DAGs have made their latest date as well."""
        return {day: times for day, times in self.made(name).items() if first <= day <= last}

    def starts(self, dag_id: str) -> dict[str, str]:
        """Give when each run of a DAG was started last."""
        return {run["dag_run_id"]: run["start_date"] for run in self.airflow.api.dag_runs(dag_id)}


@pytest.fixture(scope="module")
def terminal(airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(airflow, tmp_path_factory.mktemp("terminal"))


def missing_in(text: str) -> list[str]:
    """Give the dates that a plan names as missing."""
    table = re.search(r"^Missing .*\n((?:\d{4}-.*\n)*)", text, re.MULTILINE)
    return [line.split()[0] for line in table[1].splitlines()] if table else []


@pytest.mark.parametrize("kind", ["interval", "trigger", "partitioned"])
@pytest.mark.parametrize("first", [date(2026, 3, 28), date(2026, 10, 24)])
def test_days_of_23_and_25_hours_are_made_as_their_own_dates(
    terminal: Terminal, kind: str, first: date
) -> None:
    days = [str(first + timedelta(days=number)) for number in range(3)]
    dag_id = f"backfills_{kind}"
    text = terminal.make(dag_id, days[0], days[-1], "--param", f"name={kind}")
    assert missing_in(text) == days
    assert terminal.within(kind, days[0], days[-1]) == dict.fromkeys(days, 1)

    (terminal.airflow.output / kind / f"{days[1]}.txt").unlink()
    text = terminal.make(dag_id, days[0], days[-1])
    assert missing_in(text) == [days[1]]
    assert "1 run succeeded, and the data is gone: made again all the same." in text, text
    assert terminal.within(kind, days[0], days[-1]) == {days[0]: 1, days[1]: 2, days[2]: 1}
    assert "0 missing" in terminal.make(dag_id, days[0], days[-1])


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        (
            "hourly",
            "2026-10-24T22",
            "2026-10-25T01",
            HOURS,
        ),
        ("weekly", "2026-10-05", "2026-10-25", ["2026-W41", "2026-W42", "2026-W43"]),
        ("elsewhere", "2026-03-28", "2026-03-29", ["2026-03-28", "2026-03-29"]),
    ],
)
def test_hours_weeks_and_another_timezone_are_made_as_their_own_dates(
    terminal: Terminal, kind: str, first: str, last: str, expected: list[str]
) -> None:
    text = terminal.make(f"backfills_{kind}", first, last, "--param", f"name={kind}", "--backwards")
    assert missing_in(text) == expected
    assert terminal.within(kind, expected[0], expected[-1]) == dict.fromkeys(expected, 1)


def test_a_rendered_graph_is_made_where_what_always_runs_lacks_what_it_needs(terminal: Terminal) -> None:
    text = terminal.make("backfills_graph", "2026-08-01", "2026-08-02", "--param", "name=graph")
    assert re.search(r"^2026-08-01 +- +make a run +EachDay, Summary$", text, re.MULTILINE)
    assert terminal.within("graph", "2026-08-01", "2026-08-02") == {"2026-08-01": 1, "2026-08-02": 1}


def rows(database: sa.Engine, days: list[date]) -> dict[date, list[tuple[Any, ...]]]:
    query = sa.text("select date, words, letter_count from daily_letter_count order by date, words")
    found: dict[date, list[tuple[Any, ...]]] = {day: [] for day in days}
    with database.connect() as connection:
        for day, *row in connection.execute(query):
            if day in found:
                found[day].append(tuple(row))
    return found


@pytest.fixture
def words_db(airflow: LocalAirflow) -> Iterator[sa.Engine]:
    database = sa.create_engine(airflow.words_url)
    yield database
    database.dispose()


def test_of_60_dates_exactly_those_are_made_again_whose_data_is_gone(
    terminal: Terminal, words_db: sa.Engine
) -> None:
    dag_id = "words_count_sql"
    days = [date(2026, 6, 1) + timedelta(days=number) for number in range(60)]
    first, last = str(days[0]), str(days[-1])
    terminal.make(dag_id, first, last, "--max-active-runs", "16", "--param", "database=words_db")
    assert rows(words_db, days) == dict.fromkeys(days, WORDS)

    chance = random.Random(5)
    outputs = [(kind, day) for kind in ("words", "count") for day in days]
    files = chance.sample(outputs, 12)
    markers = chance.sample(days, 3)
    for kind, day in files:
        (terminal.airflow.output / f"{kind}_{day}.csv").unlink()
    with words_db.begin() as connection:
        delete = sa.text("delete from table_updates where update_id = any(:ids)")
        ids = [f"daily_letter_count_{day}" for day in markers]
        assert connection.execute(delete, {"ids": ids}).rowcount == 3
    # A list of words that is gone below counts that are there is nothing that Luigi would make.
    gone = sorted({str(day) for kind, day in files if kind == "count"} | set(map(str, markers)))

    before = terminal.starts(dag_id)
    code, text = terminal.backfill(dag_id, first, last, "--dry-run")
    assert (code, missing_in(text)) == (1, gone)
    assert terminal.starts(dag_id) == before

    text = terminal.make(dag_id, first, last)
    assert missing_in(text) == gone
    assert f"60 dates from {first} to {last}, 0 missing." in text
    after = terminal.starts(dag_id)
    assert sorted(after) == sorted(before)
    changed = sorted(run_id for run_id in after if after[run_id] != before[run_id])
    assert [re.sub(r".*__(\d{4}-\d\d-\d\d).*", r"\1", run_id) for run_id in changed] == gone
    assert rows(words_db, days) == dict.fromkeys(days, WORDS)
    assert missing_in(terminal.make(dag_id, first, last)) == []


def test_after_ctrl_c_airflow_goes_on_and_the_same_command_takes_it_up(terminal: Terminal) -> None:
    arguments = ("backfills_slow", "2026-05-01", "2026-05-04", "--yes", "--unpause", "--param", "name=slow")
    # A date that is there divides the rest: the second backfill is not yet asked for.
    folder = terminal.airflow.output / "slow"
    folder.mkdir()
    (folder / "2026-05-03.txt").write_text("by hand")
    process = terminal.start(*arguments, "--max-active-runs", "1")
    assert process.stdout is not None
    seen = ""
    while "Backfill" not in seen.rpartition("backfills, at most")[2] and (line := process.stdout.readline()):
        seen += line
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, seen + rest
    (asked,) = re.findall(r"^Backfill (\d+): 2026-05-01 to 2026-05-02, 2 runs\.$", seen + rest, re.MULTILINE)
    assert (
        f"Backfill {asked} goes on in Airflow: {terminal.airflow.url}/dags/backfills_slow/backfills" in rest
    )
    assert "Airflow has not been asked for 1 date yet." in rest
    assert "The same command again" in rest

    again = terminal.start(*arguments)
    assert again.stdout is not None
    seen = ""
    while "is active, and Airflow has one at a time" not in seen and (line := again.stdout.readline()):
        seen += line
    (folder / "go").touch()
    rest, _ = again.communicate(timeout=200)
    assert again.returncode == 0, seen + rest
    assert missing_in(seen) == ["2026-05-01", "2026-05-02", "2026-05-04"]
    assert seen.count("wait for it") == 2
    assert terminal.within("slow", "2026-05-01", "2026-05-04") == {
        "2026-05-01": 1,
        "2026-05-02": 1,
        "2026-05-04": 1,
    }


def test_a_date_that_can_not_be_made_stays_missing_and_its_run_is_named(terminal: Terminal) -> None:
    arguments = ("backfills_failing", "2026-07-01", "2026-07-03", "--yes", "--unpause")
    code, text = terminal.backfill(*arguments, "--param", "name=failing")
    assert code == 1
    assert "3 dates from 2026-07-01 to 2026-07-03, 1 missing." in text
    assert re.search(r"^2026-07-02: failed, http://\S+/dags/backfills_failing/runs/\S+$", text, re.MULTILINE)

    before = terminal.starts("backfills_failing")
    code, text = terminal.backfill(*arguments, "--reprocess", "none")
    assert code == 1
    assert re.search(r"^2026-07-02 +failed +leave it alone", text, re.MULTILINE)
    assert terminal.starts("backfills_failing") == before
    code, text = terminal.backfill(*arguments, "--reprocess", "failed")
    assert "2026-07-02  failed          run it again" in text
    assert terminal.starts("backfills_failing") != before


@pytest.mark.parametrize(
    ("dag_id", "options", "code", "says"),
    [
        ("backfills_unscheduled", (), 1, "has no schedule, so Airflow can't backfill it"),
        ("execution_order", (), 1, "has no schedule"),
        (
            "letter_count",
            ("--from", "2026-05-01", "--to", "2026-05-01"),
            2,
            "name it with --date-param",
        ),
        (
            "backfills_untouched",
            (),
            2,
            "only when the DAG has run: give it as --param name=VALUE",
        ),
        ("backfills_untouched", ("--param", "nome=x"), 2, "give it as --param name=VALUE"),
        ("backfills_untouched", ("--param", "name=x"), 1, "is paused: its runs would wait. Add --unpause"),
        ("backfills_untouched", ("--param", "name=x", "--unpause"), 2, "no terminal to ask in: add --yes"),
        ("backfills_untouched", ("--param", "name=x", "--param", "no=x"), 2, "EachDay has no parameter 'no'"),
        ("backfills_untouched", ("--param", "name=x", "--date-param", "name"), 2, "can't go into 'name'"),
        ("backfills_untouched", ("--param", "name=x", "--timezone", "Mars"), 2, "no timezone 'Mars'"),
        ("backfills_untouched", ("--param", "name=x", "--from", "2026-05-09"), 2, "--from is after --to"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    terminal: Terminal, dag_id: str, options: tuple[str, ...], code: int, says: str
) -> None:
    returned, text = terminal.backfill(dag_id, "2026-05-01", "2026-05-02", *options)
    assert returned == code, text
    (error,) = [line for line in text.splitlines() if line.startswith("Error: ")]
    assert says in error
    assert text.splitlines()[-1] == error
    assert terminal.starts(dag_id) == {}


def test_a_dag_that_is_not_there_is_named(terminal: Terminal) -> None:
    command = [sys.executable, "-m", "airflow_luigi", "backfill", "nosuch", "--from", "2026", "--to", "2026"]
    done = subprocess.run(command, env=terminal.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: Airflow at {terminal.airflow.url} has no DAG 'nosuch'.\n"


def test_what_an_operator_notes_holds_no_values(terminal: Terminal) -> None:
    terminal.airflow.api.wait_for_dag("words_count_sql")
    (task,) = terminal.airflow.api.get("dags/words_count_sql/tasks")["tasks"]
    noted = task["params"]["airflow_luigi"]["value"]
    assert noted["task"] == "luigi_tasks.words_count:PrintCounts"
    assert "words_db" not in json.dumps(noted)
