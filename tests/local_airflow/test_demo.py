"""``make demo``, as the README promises it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local_airflow.airflow import REPO
from local_airflow.processes import belonging_to

pytestmark = pytest.mark.e2e


def test_the_demo_shows_and_checks_a_week_its_repeat_and_its_repair(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    command = [sys.executable, "-m", "local_airflow", "demo", "--state", str(state)]
    result = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=400)
    assert result.returncode == 0, result.stdout + result.stderr
    runs = re.findall(r"^\d{4}-\d\d-\d\d +success +(.*?) {2,}(.*?) *$", result.stdout, re.MULTILINE)
    first, again, repaired = runs[:7], runs[7:14], runs[14:]
    assert first == [("Words, Count, StoreCounts, PrintCounts", "-")] * 7
    assert again == [("PrintCounts", "StoreCounts")] * 7
    assert sorted(repaired) == sorted(
        [
            *[("PrintCounts", "StoreCounts")] * 5,
            ("Count, StoreCounts, PrintCounts", "Words"),
            ("StoreCounts, PrintCounts", "Count"),
        ]
    )
    assert "The table daily_letter_count" in result.stdout
    assert "The table table_updates" in result.stdout
    assert "output/\n├── count_" in result.stdout
    assert belonging_to(state.resolve()) == []
