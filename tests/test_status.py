"""``airflow-luigi status``, as one calls it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from airflow_luigi.cli import main

REPOSITORY = Path(__file__).resolve().parents[1]
TASKS = "tests.core.completeness_tasks"
RAW = f"{TASKS}:CmpRaw"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of January 2026, but for two; and one of them would be made again."""
    for day in range(1, 32):
        for family in ("CmpRaw", "CmpDelivery"):
            (tmp_path / f"{family}_2026-01-{day:02}").touch()
    for name in (
        "CmpRaw_2026-01-05",
        "CmpRaw_2026-01-20",
        "CmpDelivery_2026-01-20",
        "CmpDelivery_2026-01-30",
    ):
        (tmp_path / name).unlink()
    return tmp_path


def status(*words: str, first: str = "2026-01-01", last: str = "2026-01-31") -> Result:
    return CliRunner().invoke(main, ["status", *words, "--from", first, "--to", last])


def of_raw(folder: Path, *words: str, last: str = "2026-01-31") -> Result:
    return status(RAW, "--param", f"folder={folder}", *words, last=last)


def test_dates_go_down_and_families_across(folder: Path) -> None:
    result = of_raw(folder)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["date", "CmpRaw", "CmpDelivery"]
    assert lines[1] == ["2026-01-01", "complete", "complete"]
    assert lines[5] == ["2026-01-05", "missing", "complete"]
    assert lines[20] == ["2026-01-20", "missing", "external", "missing"]
    assert lines[30] == ["2026-01-30", "complete", "gone"]
    assert result.stdout.splitlines()[-1] == "31 dates of CmpRaw: 29 complete, 2 missing."
    assert (len(lines), result.exit_code, result.stderr) == (33, 1, "")


def test_the_exit_code_is_0_when_nothing_is_missing(folder: Path) -> None:
    result = of_raw(folder, last="2026-01-04")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "4 dates of CmpRaw: 4 complete, 0 missing.",
    )


def test_missing_gives_dates_for_a_shell(folder: Path) -> None:
    result = of_raw(folder, "--missing")
    assert (result.stdout, result.stderr, result.exit_code) == ("2026-01-05\n2026-01-20\n", "", 1)
    result = of_raw(folder, "--missing", last="2026-01-04")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


def test_json_has_all_of_it(folder: Path) -> None:
    found = json.loads(of_raw(folder, "--json").stdout)
    assert found["missing"] == ["2026-01-05", "2026-01-20"]
    assert found["totals"] == {"complete": 29, "missing": 2, "error": 0}
    assert found["families"] == ["CmpRaw", "CmpDelivery"]
    assert found["dates"][29] == {
        "date": "2026-01-30",
        "verdict": "complete",
        "families": {"CmpRaw": "complete", "CmpDelivery": "gone"},
    }
    assert dt.datetime.fromisoformat(found["asked_at"]).tzinfo is not None


def test_csv_has_a_row_for_each_date(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(of_raw(folder, "--csv").stdout)))
    assert len(rows) == 31
    assert rows[19] == {
        "date": "2026-01-20",
        "verdict": "missing",
        "CmpRaw": "missing",
        "CmpDelivery": "missing_external",
    }


def test_by_month_counts(folder: Path) -> None:
    result = of_raw(folder, "--by", "month", last="2026-02")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == ["2026-01", "29/31", "29/31", "2"]
    assert lines[2] == ["2026-02", "0/28", "0/28", "28"]
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([RAW, "--param", "folder"], "--param: 'folder': write it as NAME=VALUE."),
        ([RAW], "Error: CmpRaw needs a value for 'folder'"),
        ([RAW, "--param", "fodler=x"], "has no parameter 'fodler'. Did you mean 'folder'?"),
        ([f"{TASKS}:CmpRow"], "has no class 'CmpRow'. Did you mean"),
        (["no_such_module:Task"], "there is no module 'no_such_module' on sys.path."),
        (["nonsense"], "write it as 'package.module:Class'."),
        ([f"{TASKS}:CmpTwoDates"], "date, since. Name one of them with --date-param."),
        ([f"{TASKS}:CmpTwoDates", "--date-param", "till"], "'till' is no parameter of it."),
        ([RAW, "--param", "folder=x", "--from", "soon"], "'soon' is no date. A date is written as 2026, "),
        ([RAW, "--param", "folder=x", "--from", "2027"], "The range is empty: 2027 is after 2026-01-31."),
        ([RAW, "--by", "century"], "'century' is not one of 'day', 'month', 'year'."),
    ],
)
def test_what_is_wrong_is_one_clear_line_and_exit_code_2(words: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["status", "--from", "2026-01-01", "--to", "2026-01-31", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.output


def test_an_error_is_told_once_without_the_password_and_counts_as_not_there(folder: Path) -> None:
    result = status(
        f"{TASKS}:CmpBroken", "--param", f"folder={folder}", "--param", "fails=complete", "--missing"
    )
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == ["2026-01-01", "2026-01-03"]
    assert result.stderr.splitlines() == [
        "CmpBroken, 2026-01-02: complete() raised ValueError: no answer from "
        "postgresql://me:***@nowhere/x, with",
        "31 dates of CmpBroken: 0 complete, 30 missing, 1 unknown for an error.",
    ]


def test_wide_families_are_marks_with_a_legend() -> None:
    result = status("tests.core.completeness_tasks:CmpWide", last="2026-01-02")
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["2026-01-01", *"~-------"]
    assert lines[3].split("   ")[:2] == ["+ complete", "- missing"]


def test_from_the_console_with_the_database_from_luigis_configuration(
    folder: Path, postgresql_url: str
) -> None:
    from airflow_luigi.core.marker import MarkerTableTarget

    for date in ("2026-01-01", "2026-01-03"):
        MarkerTableTarget(postgresql_url, "cmp_rows", f"cmp_{date}").touch()
        (folder / f"CmpFresh_{date}").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{REPOSITORY / 'plugins'}{os.pathsep}{REPOSITORY}",
        "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg"),
    }
    (folder / "luigi.cfg").write_text(f"[connections]\nstatus_db = {postgresql_url.replace('%', '%%')}\n")
    words = ["--param", f"folder={folder}", "--param", "database=status_db"]
    command = [sys.executable, "-m", "airflow_luigi", "status", f"{TASKS}:CmpLoad", *words]
    result = subprocess.run(
        [*command, "--from", "2026-01-01", "--to", "2026-01-03", "--missing"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("2026-01-02\n", "", 1)
