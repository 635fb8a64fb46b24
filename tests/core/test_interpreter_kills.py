"""Builds in another interpreter that are ended from outside."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from airflow_luigi.core.interpreter import InterpreterError, build_in
from airflow_luigi.core.processes import Process, _parents_first
from local_airflow.waiting import wait_for
from tests import interpreter_tasks, kill_tasks
from tests.core.kills import ENDED, SOON, process_of_its_own, wait_until_gone, wait_until_stuck
from tests.kill_tasks import KINDS, LOADS, ROWS, STUCK

REPO = Path(__file__).resolve().parents[2]
DIED = 43


@pytest.fixture(autouse=True)
def _pipeline_is_on_pythonpath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))


def who_asks(python: str, task: str, workers: int = 1, **values: str) -> AbstractContextManager[Any]:
    """Have a process of its own ask for a build; a SIGTERM to it raises an exception there."""

    def ask() -> None:
        try:
            build_in(python, task, values, workers=workers)
        except InterpreterError:
            os._exit(DIED)

    return process_of_its_own(ask)


@contextlib.contextmanager
def who_asks_for_a_job(python: str, folder: Path, kind: str, workers: int) -> Iterator[Any]:
    """Ask for tasks that get stuck; the block begins when as many as may are."""
    values = {"folder": str(folder), "kind": kind, "database": database(folder)}
    with who_asks(python, f"{kill_tasks.__name__}:Job", workers, **values) as process:
        wait_until_stuck(folder, kind, workers)
        yield process


def database(folder: Path) -> str:
    return f"sqlite:///{folder / 'rows.db'}"


def complete_again(python: str, folder: Path, kind: str, workers: int) -> list[str]:
    """Build what is missing; give the families that ran."""
    kill_tasks.release(folder)
    values = {"folder": str(folder), "kind": kind, "database": database(folder)}
    report = build_in(python, f"{kill_tasks.__name__}:Job", values, workers=workers)
    assert report.status == "SUCCESS"
    return sorted(task.family for task in report.tasks if task.state.value == "ran")


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_while_waiting_ends_the_child_and_all_that_it_started(
    other_python: str, tmp_path: Path, kind: str, workers: int
) -> None:
    with who_asks_for_a_job(other_python, tmp_path, kind, workers) as process:
        process.terminate()
        process.join(SOON)
        assert process.exitcode == ENDED
        # It waited for that end.
        assert kill_tasks.alive(tmp_path) == []
    assert kill_tasks.made(tmp_path) == ["First"]
    assert complete_again(other_python, tmp_path, kind, workers) == ["Job", *["Stuck"] * STUCK]


@pytest.mark.parametrize("kind", [*KINDS, LOADS])
def test_a_sigkill_of_who_asked_leaves_no_process_and_nothing_half_done(
    other_python: str, tmp_path: Path, kind: str
) -> None:
    # SQLite lets one write at a time.
    workers = 1 if kind == LOADS else 4
    with who_asks_for_a_job(other_python, tmp_path, kind, workers) as process:
        process.kill()
        wait_until_gone(tmp_path)
    assert kill_tasks.made(tmp_path) == ["First"]
    stuck = "Load" if kind == LOADS else "Stuck"
    assert complete_again(other_python, tmp_path, kind, workers) == ["Job", *[stuck] * STUCK]
    if kind == LOADS:
        rows, markers = kill_tasks.stored(sa.make_url(database(tmp_path)), tmp_path.name)
        assert list(rows.values()) == [ROWS] * STUCK
        assert set(rows) == markers


@pytest.mark.parametrize("kind", KINDS)
def test_a_sigkill_of_the_childs_guard_leaves_nothing_either(
    other_python: str, tmp_path: Path, kind: str
) -> None:
    with who_asks_for_a_job(other_python, tmp_path, kind, 4) as process:
        (guard,) = psutil.Process(process.pid).children()
        guard.kill()
        process.join(SOON)
        assert process.exitcode == DIED
        wait_until_gone(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("what", ["StartsSessions", "HoldsInterpreter"])
def test_what_left_the_group_and_what_hears_no_signal_is_ended_too(
    luigi_python: str, tmp_path: Path, what: str, number: signal.Signals
) -> None:
    task = f"{interpreter_tasks.__name__}:{what}"
    with who_asks(luigi_python, task, folder=str(tmp_path)) as process:
        file = tmp_path / "pid"
        wait_for("the task", file.exists, deadline=60, every=0.02)
        found = psutil.Process(int(file.read_text()))
        os.kill(process.pid, number)
        found.wait(SOON)


def test_who_waits_for_a_process_is_told_to_end_before_it() -> None:
    # A task whose program is killed first may go on as if that had done its work.
    below = [Process(pid, parent, 1, "0") for pid, parent in ((7, 9), (5, 7), (9, 2))]
    assert [process.pid for process in _parents_first(below)] == [9, 7, 5]
