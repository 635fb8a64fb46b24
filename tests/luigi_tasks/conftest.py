from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from airflow_luigi.core.build import BuildReport
from airflow_luigi.core.config import luigi_settings


@dataclass
class Folders:
    """A test's own folders."""

    input: Path
    output: Path

    def put(self, name: str, *words: str) -> None:
        """Write a word list into the input folder."""
        (self.input / name).write_text("".join(f"{line}\n" for line in ("words", *words)), encoding="utf-8")


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    """Folders that the pipelines are told to use."""
    made = Folders(tmp_path / "input", tmp_path / "output")
    made.input.mkdir()
    with luigi_settings({"folders": {"inputs": made.input, "outputs": made.output}}):
        yield made


def ran(report: BuildReport) -> list[str]:
    """Give the families that ran, in alphabetical order."""
    return sorted(task.family for task in report.tasks if task.state.value == "ran")
