"""``airflow-luigi scaffold``: the files that are written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import luigi
import pytest

from tests.cli.commands import REPOSITORY, call, call_program
from tests.cli.test_crontab import YESTERDAYS
from tests.dags.test_dags import parsed

PRINT_COUNTS = "luigi_tasks.words_count:PrintCounts"
FIXED = ("--start-date", "2026-11-01", "--timezone", "Europe/Berlin")

DESCRIPTION = "a connection's name, or a URL; default: words.db (SQLite) in the output folder"
EXPECTED = '''\
"""Prints what is stored for a date. It has no output, is never complete, and so always runs."""

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow_luigi import LuigiOperator
from pendulum import datetime

with DAG(
    "print_counts",
    schedule=CronDataIntervalTimetable("0 5 * * *", timezone="Europe/Berlin"),
    start_date=datetime(2026, 11, 1, tz="Europe/Berlin"),
    catchup=False,
    tags=["luigi"],
    doc_md=__doc__,
):
    LuigiOperator(
        task_id="PrintCounts",
        luigi_task="luigi_tasks.words_count:PrintCounts",
        luigi_params={
            "database": "words_db",  # {description}
        },
        run_date_param="date",
    )
'''


class ScaffoldAll(luigi.Task):
    """Has one of each
    kind. "Quotes" too \\

    And more.
    """

    month = luigi.MonthParameter()
    region = luigi.Parameter(description="as emea")
    limit = luigi.IntParameter(default=3)
    key = luigi.Parameter(default="hunter22", visibility=luigi.parameter.ParameterVisibility.PRIVATE)
    api_token = luigi.Parameter(default="hunter22")
    where = luigi.Parameter(default='it\'s "there"')


class ScaffoldTwoDates(luigi.Task):
    first = luigi.DateParameter()
    last = luigi.DateParameter()


class ScaffoldUndated(luigi.Task):
    pass


def formatted(folder: Path) -> None:
    """Fail unless each file is as ruff leaves it."""
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--line-length",
        "110",
        "--diff",
        str(folder),
    ]
    result = subprocess.run(ruff, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_file_of_a_task_is_this() -> None:
    words = ("--param", "database=words_db", "--schedule", "0 5 * * *", *FIXED)
    assert call("scaffold", PRINT_COUNTS, *words).output == EXPECTED.replace("{description}", DESCRIPTION)


def test_parameters_are_filled_in_marked_or_left_to_their_defaults() -> None:
    text = call("scaffold", f"{__name__}:ScaffoldAll", *FIXED).output
    assert '"region": "TODO",  # TODO: a value as the Luigi command line takes it; as emea' in text
    assert '# "limit": ...,  # default: "3"' in text
    assert '# "key": ...,  # not public' in text
    assert '# "api_token": ...,  # not public' in text
    assert 'run_date_param="month"' in text
    assert 'CronDataIntervalTimetable("@monthly", timezone="Europe/Berlin")' in text
    assert "hunter22" not in text


def test_a_task_without_a_date_has_no_schedule_until_it_is_given_one() -> None:
    assert "schedule=None," in call("scaffold", f"{__name__}:ScaffoldUndated").output
    text = call("scaffold", f"{__name__}:ScaffoldUndated", "--schedule", "@daily", *FIXED).output
    assert 'schedule=CronTriggerTimetable("@daily", timezone="Europe/Berlin")' in text


def test_a_file_is_never_written_over_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "dags" / "print_counts.py"
    assert call("scaffold", PRINT_COUNTS, "--output", str(path)).exit_code == 0
    path.write_text("mine")
    again = call("scaffold", PRINT_COUNTS, "--output", str(path))
    assert again.exit_code == 1
    assert f"{path} is there already" in again.output
    assert path.read_text() == "mine"
    assert call("scaffold", PRINT_COUNTS, "--output", str(path), "--force").exit_code == 0
    assert "LuigiOperator" in path.read_text()


def test_all_files_parse_in_airflow_as_written_and_are_formatted(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    tasks = {
        "plain": ["luigi_tasks.words_count:PrintCounts"],
        "filled": ["luigi_tasks.words_count:PrintCounts", "--param", "database=words_db"],
        "graph": ["luigi_tasks.words_count:PrintCounts", "--graph", "--param", "database=words_db"],
        "all": [f"{__name__}:ScaffoldAll", "--schedule", "0 3 1 * *"],
        "where": [f"{__name__}:ScaffoldAll", "--param", 'where=it\'s "so" \\ \t{x}', "--param", "region='"],
        "undated": [f"{__name__}:ScaffoldUndated"],
        "first": [f"{__name__}:ScaffoldTwoDates", "--date-param", "first", "--timezone", "America/New_York"],
    }
    for name, words in tasks.items():
        file = str(dags / f"{name}.py")
        result = call("scaffold", *words, "--dag-id", name, "--output", file)
        assert result.exit_code == 0, result.output
    crontab = tmp_path / "crontab"
    crontab.write_text("\n".join([*YESTERDAYS, *MORE]))
    result = call("scaffold", "--crontab", str(crontab), "--output-folder", str(dags), *FIXED)
    assert result.exit_code == 0, result.output
    formatted(dags)
    found = parsed(dags, tmp_path, REPOSITORY)
    assert found["errors"] == {}
    assert found["dags"] == sorted(file.stem for file in dags.glob("*.py"))
    assert len(found["dags"]) == len(tasks) + len(YESTERDAYS) + len(MORE)


MORE = [
    "0 5 * * * luigi --module a.b W --from $(date -d -7days +\\%F) --to $(date -I) --text 'it is \"x\"'",
    "0 2 * * * flock -n /tmp/x -c 'timeout 2h luigi --module a.b Locked --workers 4 --Other-y 5 --Other-x'",
    "@hourly luigi --module a.b Part --of-params '{\"a\": {\"b\": 1}}' --jinja '{{ x }}' --percent 5\\%",
    "0 2 * * * luigi --module a.b ns.Weird-Name --café 'Ω' --db-password hunter22",
]


def test_a_crontab_is_read_from_a_pipe_and_what_is_not_read_is_listed(tmp_path: Path) -> None:
    text = "\n".join(
        [
            "# nightly",
            "0 2 * * * luigi --module a.b Good --date $(date -d yesterday +\\%F)",
            "0 3 * * * luigi --module a.b Bad --password hunter22 && curl http://up",
            "0 4 * * * echo hello",
        ]
    )
    result = call("scaffold", "--crontab", "-", "--output-folder", str(tmp_path), stdin=text)
    assert result.exit_code == 1
    assert "line 3 is not read: it also runs 'curl'" in result.output
    assert "DAGs: 1; lines that were not read: 1; lines without luigi: 1" in result.output
    assert "hunter22" not in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["good.py"]


def test_the_same_task_twice_makes_two_dags(tmp_path: Path) -> None:
    text = "0 2 * * * luigi --module a.b DailyReport --x 1\n0 3 * * * luigi --module a.b DailyReport --x 2\n"
    call("scaffold", "--crontab", "-", "--output-folder", str(tmp_path), stdin=text)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["daily_report.py", "daily_report_2.py"]


def test_nothing_is_written_if_one_of_the_files_is_there(tmp_path: Path) -> None:
    (tmp_path / "b.py").touch()
    text = "0 2 * * * luigi --module a.b A\n0 3 * * * luigi --module a.b B\n"
    result = call("scaffold", "--crontab", "-", "--output-folder", str(tmp_path), stdin=text)
    assert result.exit_code == 1
    assert "b.py is there already" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["b.py"]


def test_the_command_itself_writes_a_file(tmp_path: Path) -> None:
    result = call_program("scaffold", PRINT_COUNTS, "--output", str(tmp_path / "x.py"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "x.py").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Give a task as package.module:Class, or --crontab FILE."),
        ([PRINT_COUNTS, "--param", "x=1"], "PrintCounts has no parameter 'x'. It has: date, database."),
        (
            [PRINT_COUNTS, "--param", "database=mysql://u:hunter22@h/d"],
            "a secret does not belong in a DAG file",
        ),
        ([PRINT_COUNTS, "--param", "date=soon"], "'date' can't be 'soon'. It takes a date as 2026-11-01."),
        ([PRINT_COUNTS, "--date-param", "database"], "has no date parameter 'database'. It has: date."),
        ([PRINT_COUNTS, "--schedule", "daily"], "'daily' is no schedule that Airflow can read."),
        ([PRINT_COUNTS, "--timezone", "Berlin"], "--timezone 'Berlin': there is none of this name."),
        ([PRINT_COUNTS, "--dag-id", "a b"], "--dag-id 'a b': letters, digits"),
        ([PRINT_COUNTS, "--output-folder", "x"], "--output-folder does not go with this."),
        ([f"{__name__}:ScaffoldTwoDates"], "--date-param first or last"),
        ([f"{__name__}:ScaffoldAll", "--graph"], "needs values: --param region=...."),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(words: list[str], says: str) -> None:
    result = call("scaffold", *words)
    assert result.exit_code == 2
    assert says in result.output.splitlines()[-1]
    assert "hunter22" not in result.output
