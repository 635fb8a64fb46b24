"""The comparison, run for real: two scenarios of all ways, one way that is wrong, and the one of the docs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from local_airflow.airflow import REPO
from local_airflow.processes import belonging_to

WAYS = ("luigi", "airflow-native", "bash-luigi", "bridge", "bridge-graph")
LUIGI_WAYS = ("luigi", "bash-luigi", "bridge", "bridge-graph", "one-process")
BROKEN = Path(__file__).with_name("broken_way.py")


def compare(*arguments: str | Path, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.compare", *map(str, arguments)],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO / "plugins"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="compare-") as made:
        path = Path(made)
        docs = (REPO / "docs" / "compare.md").read_text()
        (example,) = re.findall(r"```python\n(.*?)```", docs, re.DOTALL)
        (path / "one_process.py").write_text(example)
        result = compare(
            *("--only", "again,file-deleted", "--output", path / "report", "--state", path / "state"),
            *("--way-file", BROKEN, "--way-file", path / "one_process.py"),
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert belonging_to(path / "state") == []
        yield path / "report"


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    measured = json.loads((folder / "results.json").read_text())["measurements"]
    return {(each["way"], each["scenario"]): each for each in measured}


@pytest.mark.e2e
def test_all_ways_are_right(found: dict[tuple[str, str], dict[str, Any]]) -> None:
    wrong = {key: each["findings"] for key, each in found.items() if not each["right"]}
    assert wrong == {("twice", "again"): ["3 rows twice"]}
    assert {way for way, _scenario in found} == {*WAYS, "one-process", "twice"}


@pytest.mark.e2e
def test_the_report_says_which_way_is_wrong_and_that_it_looked_like_a_success(folder: Path) -> None:
    report = (folder / "report.md").read_text()
    verdicts = report[report.index("## Who was right") : report.index("## What ran")]
    header, again, deleted = (
        [cell.strip() for cell in line.split("|")[2:-1]]
        for line in verdicts.splitlines()
        if line.startswith("| ") and "---" not in line
    )
    assert dict(zip(header, again, strict=True))["twice"] == "wrong, shown as success"
    assert set(again) == {"right", "wrong, shown as success"}
    assert set(deleted) == {"right"}
    assert "twice: 3 rows twice." in verdicts


@pytest.mark.e2e
def test_what_was_done_without_need_is_what_each_way_really_did(
    found: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for way in LUIGI_WAYS:
        assert found[way, "again"]["needless"] == found[way, "file-deleted"]["needless"] == {}
    native = "airflow-native"
    assert found[native, "again"]["needless"] == {"Words": 1, "Count": 1, "StoreCounts": 1}
    assert found[native, "file-deleted"]["needless"] == {"Words": 1}


@pytest.mark.e2e
def test_each_way_shows_what_it_has(found: dict[tuple[str, str], dict[str, Any]]) -> None:
    shown = {way: found[way, "again"]["shown"] for way in WAYS}
    assert shown == {
        "luigi": "exit code 0",
        "airflow-native": "success (tasks: 4 success)",
        "bash-luigi": "success (tasks: success)",
        "bridge": "success (tasks: success)",
        "bridge-graph": "success (tasks: 3 skipped, 1 success)",
    }
    instances = {way: found[way, "again"]["task_instances"] for way in WAYS}
    assert instances == dict(zip(WAYS, (None, 4, 1, 1, 4), strict=True))


@pytest.mark.e2e
def test_costs_are_those_of_all_processes(found: dict[tuple[str, str], dict[str, Any]]) -> None:
    alone, shared = (found[way, "again"]["cost"] for way in ("luigi", "bash-luigi"))
    # The same command: once alone, and once with a whole Airflow around it.
    assert 0 < alone["cpu"] < shared["cpu"]
    assert 50 < alone["peak_memory"] < shared["peak_memory"] / 3
    assert 1 <= alone["processes"] <= shared["processes"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--only", "agian"), "--only: there is no agian. There are first-run, again, "),
        (("--ways", "luigi,cron"), "--ways: there is no cron. There are luigi, airflow-native, "),
        (("--way-file", "nowhere.py"), "nowhere.py: there is no such file."),
        (("--way-file", __file__), "has no way in it: a subclass of benchmarks.compare.way.Way with a name."),
        (("--repeat", "0"), "'--repeat': 0 is not in the range x>=1."),
    ],
)
def test_a_wrong_name_is_told_with_those_that_there_are(arguments: tuple[str, ...], says: str) -> None:
    result = compare(*arguments)
    assert result.returncode == 2
    assert says in result.stderr


def test_more_dates_than_have_passed_are_refused(tmp_path: Path) -> None:
    result = compare("--dates", "400", "--state", tmp_path / "state", "--output", tmp_path / "report")
    assert result.returncode == 1
    assert "take fewer --dates, or a smaller --repeat." in result.stdout
    assert not (tmp_path / "report").exists()
