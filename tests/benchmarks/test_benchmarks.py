"""The benchmarks themselves, small, and the command that runs them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import flat_graph, growth, overhead, publishing
from benchmarks.result import Goal, Result, cost_row
from benchmarks.side_by_side import MeasuringFailedError, cpu_seconds


def fake(ratio: float) -> Callable[..., Result]:
    """A benchmark with the goal of at most 1.05, that finds this ratio."""

    def measure(rounds: int, say: Callable[[str], None]) -> Result:
        row = cost_row("row", ("peer", [1.0] * rounds), ("ours", [ratio] * rounds), goal=Goal(at_most=1.05))
        return Result("fake", "One with the other.", "times as long", [row])

    return measure


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the command with the benchmarks "good", whose goal is met, and "bad"."""
    monkeypatch.setattr(command, "BENCHMARKS", {"good": fake(1.0), "bad": fake(1.2)})

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command.main, ["--json", str(tmp_path / "found.json"), *arguments])

    return run


def test_a_missed_goal_is_said_and_fails_only_when_asked_to(run: Any, tmp_path: Path) -> None:
    told, checked, good = run(), run("--check"), run("--check", "--only", "good")
    assert (told.exit_code, checked.exit_code, good.exit_code) == (0, 1, 0)
    assert "at most 1.05  missed" in told.stdout
    assert told.stdout.splitlines()[-1] == checked.stdout.splitlines()[-1] == "Goals are missed in fake."
    assert "at most 1.05  met" in good.stdout
    assert "Goals are missed" not in good.stdout
    assert "One with the other." in told.stdout


def test_the_file_has_the_machine_and_each_benchmark(run: Any, tmp_path: Path) -> None:
    run("--rounds", "3", "--only", "bad, good")
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"date", "cores", "memory_gb", "cpu", "python", "versions", "rounds", "benchmarks"} <= found.keys()
    assert (found["rounds"], found["versions"].keys() >= {"luigi", "apache-airflow"}) == (3, True)
    # In their own order, whatever was asked for.
    assert [each["met"] for each in found["benchmarks"]] == [True, False]


def test_an_unknown_name_is_refused_with_those_that_there_are(run: Any) -> None:
    result = run("--only", "good,speed")
    assert result.exit_code == 2
    assert "there is no benchmark 'speed'; there are good, bad." in " ".join(result.output.split())


def test_a_small_graph_is_built_both_ways() -> None:
    result = overhead.measure(1, lambda _: None, tasks=5)
    (row,) = result.rows
    assert row.seconds.keys() == {"luigi.build", "LuigiOperator"}
    assert all(figure.low > 0 for figure in row.seconds.values())
    assert row.goal == Goal(at_most=1.05)
    assert flat_graph.Flag.raised == set(), "it was built in this process"


def test_a_build_is_measured_with_and_without_being_published() -> None:
    result = publishing.measure(1, lambda _: None, sizes=(3, 30))
    assert [row.label for row in result.rows] == ["3 tasks", "30 tasks"]
    assert all(row.seconds.keys() == {"silent", "published"} for row in result.rows)


def test_graphs_of_several_sizes_say_how_they_grow() -> None:
    steps: list[str] = []
    result = growth.measure(1, steps.append, sizes=(3, 30))
    assert steps == [row.label for row in result.rows] == ["3 tasks", "30 tasks"]
    assert result.met is None
    assert [note.split(" grows ")[0] for note in result.notes] == ["luigi.build", "LuigiOperator"]
    for row in result.rows:
        assert row.more["luigi.build, ms a task"] > 0


def test_what_was_not_built_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_graph.Small, "run", lambda self: 1 / 0)
    with pytest.raises(MeasuringFailedError, match=r"Of \d tasks 0 ran; luigi says FAILED"):
        overhead.measure(1, lambda _: None, tasks=3)


def test_a_process_that_ends_early_is_not_measured() -> None:
    with pytest.raises(MeasuringFailedError, match="exit code 3"):
        cpu_seconds(lambda: os._exit(3), lambda: None)
