"""Builds that are ended from outside, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import luigi
import psutil
import pytest

from airflow_luigi.core import guard, lifeline, processes
from airflow_luigi.core.build import BuildReport, build
from airflow_luigi.core.lifeline import guarded
from local_airflow.waiting import wait_for
from tests import kill_tasks
from tests.core.kills import (
    ENDED,
    SOON,
    Ended,
    process_of_its_own,
    raise_ended,
    wait_until_gone,
    wait_until_stuck,
)
from tests.kill_tasks import KINDS, LOADS, ROWS, STUCK, Job, Task
from tests.processes import fork, in_a_child


def guarded_process(function: Callable[[], object]) -> AbstractContextManager[Any]:
    """Call a function in a process of its own, as Airflow's supervisor does."""

    def run() -> None:
        with guarded():
            function()

    return process_of_its_own(run)


def job(folder: Path, kind: str, **arguments: str) -> Job:
    return Job(folder=str(folder), kind=kind, **arguments)


def complete_again(task: Job, folder: Path, workers: int) -> list[str]:
    """Build what is missing; give the families that ran."""
    kill_tasks.release(folder)
    report = build(task, workers=workers)
    assert report.status == "SUCCESS"
    return sorted(each.family for each in report.tasks if each.state.value == "ran")


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_an_exception_that_ends_a_build_ends_all_its_processes(
    tmp_path: Path, kind: str, workers: int
) -> None:
    def timed_build() -> None:
        # The alarm rings once its task is stuck, as an execution_timeout does.
        signal.signal(signal.SIGALRM, raise_ended)
        parent = os.getpid()

        def ring() -> None:
            wait_until_stuck(tmp_path, kind, workers)
            os.kill(parent, signal.SIGALRM)

        threading.Thread(target=ring).start()
        build(job(tmp_path, kind), workers=workers)

    with guarded_process(timed_build) as process:
        process.join(SOON + 30)
        assert process.exitcode == ENDED
        # Nobody kills what is left here: the build has done it, before it ended.
        assert kill_tasks.alive(tmp_path) == []
    assert kill_tasks.made(tmp_path) == ["First"]
    assert len(list((tmp_path / "pids").glob("[0-9]"))) == min(workers, STUCK)
    assert complete_again(job(tmp_path, kind), tmp_path, workers) == ["Job", *["Stuck"] * STUCK]


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sigkill_of_the_build_leaves_no_process_and_no_output(
    tmp_path: Path, kind: str, workers: int
) -> None:
    with guarded_process(lambda: build(job(tmp_path, kind), workers=workers)) as process:
        wait_until_stuck(tmp_path, kind, workers)
        process.kill()
        wait_until_gone(tmp_path)
    assert kill_tasks.made(tmp_path) == ["First"]
    assert complete_again(job(tmp_path, kind), tmp_path, workers) == ["Job", *["Stuck"] * STUCK]


@pytest.mark.parametrize("workers", [1, 4])
def test_a_load_that_is_killed_has_stored_nothing(tmp_path: Path, postgresql_url: str, workers: int) -> None:
    task = job(tmp_path, LOADS, database=postgresql_url)
    with guarded_process(lambda: build(task, workers=workers)) as process:
        wait_until_stuck(tmp_path, LOADS, workers)
        process.kill()
        wait_until_gone(tmp_path)
    assert kill_tasks.stored(postgresql_url, tmp_path.name) == ({}, set())
    assert complete_again(task, tmp_path, workers) == ["Job", *["Load"] * STUCK]
    jobs = {f"{tmp_path.name}-{number}" for number in range(STUCK)}
    assert kill_tasks.stored(postgresql_url, tmp_path.name) == (dict.fromkeys(jobs, ROWS), jobs)


@pytest.mark.parametrize(("kind", "exit_code"), [("sleeps", ENDED), ("ignores", -signal.SIGKILL)])
def test_a_sigterm_to_all_ends_a_build_that_hears_it_and_one_that_does_not(
    tmp_path: Path, kind: str, exit_code: int
) -> None:
    with guarded_process(lambda: build(job(tmp_path, kind))) as process:
        wait_until_stuck(tmp_path, kind, 1)
        os.killpg(process.pid, signal.SIGTERM)
        process.join(SOON)
        assert process.exitcode == exit_code
        assert kill_tasks.alive(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    # One that is ignored ends the process; where a task swallows it, or hears it too late, the guard does.
    [
        ("sleeps", ENDED),
        ("ignores", -signal.SIGTERM),
        ("swallows", -signal.SIGKILL),
        ("waits", -signal.SIGKILL),
    ],
)
def test_a_sigterm_to_the_builds_process_alone_ends_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, exit_code: int
) -> None:
    monkeypatch.setattr(lifeline, "WATCH_SECONDS", 0.05)
    with guarded_process(lambda: build(Deaf(folder=str(tmp_path), kind=kind))) as process:
        wait_for("the task", (tmp_path / "ready").exists, deadline=30, every=0.02)
        if kind == "ignores":
            wait_for("the watch", lambda: not ignores_sigterm(process.pid), deadline=SOON, every=0.02)
        os.kill(process.pid, signal.SIGTERM)
        process.join(SOON)
        assert process.exitcode == exit_code
        wait_until_gone(tmp_path)


def ignores_sigterm(pid: int) -> bool:
    """Whether the system throws the signal away, whatever Python says."""
    ps = ["ps", "-o", "ignored=", "-p", str(pid)]
    ignored = subprocess.run(ps, check=True, capture_output=True, text=True).stdout
    return bool(int(ignored, 16) & 1 << signal.SIGTERM - 1)


class Deaf(Task):
    """Does not end when its process gets SIGTERM, and has started a program."""

    kind = luigi.Parameter()

    def run(self) -> None:
        kill_tasks.note_process(self.folder, "0")
        kill_tasks.note_process(self.folder, "program", kill_tasks.start_program().pid)
        getattr(self, self.kind)()
        Path(self.folder, "ready").touch()
        threading.Event().wait(kill_tasks.TOO_LONG)

    def sleeps(self) -> None:
        pass

    def ignores(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def swallows(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)

    def waits(self) -> None:
        # As in a database driver's call: Python can't run a handler before it returns.
        os.system(f"touch '{self.folder}/ready'; exec sleep {kill_tasks.TOO_LONG}")


def test_the_watch_leaves_a_handler_that_is_set_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that comes back just when it is looked at, and one that comes back later, are both heard."""

    def heard() -> list[int]:
        numbers: list[int] = []

        def note(number: int, _: object) -> None:
            numbers.append(number)

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        lifeline._hear_sigterm()
        signal.signal(signal.SIGTERM, note)
        signal.raise_signal(signal.SIGTERM)
        answers = iter([signal.SIG_IGN, note])
        with monkeypatch.context() as patch:
            patch.setattr(signal, "getsignal", lambda _: next(answers))
            lifeline._hear_sigterm()
        signal.raise_signal(signal.SIGTERM)
        return numbers

    assert in_a_child(heard) == [signal.SIGTERM] * 2


class ChangesSigterm(Task):
    """Notes SIGTERM's handler and leaves another."""

    number = luigi.IntParameter()
    seen: ClassVar[list[object]] = []

    def run(self) -> None:
        self.seen.append(signal.getsignal(signal.SIGTERM))
        handlers: list[signal._HANDLER] = [signal.SIG_IGN, signal.SIG_DFL, raise_ended]
        signal.signal(signal.SIGTERM, handlers[self.number])
        super().run()


def test_a_tasks_handler_of_sigterm_ends_with_it(tmp_path: Path) -> None:
    def handlers() -> list[bool]:
        def own(*_: object) -> None:
            pass

        signal.signal(signal.SIGTERM, own)
        build([ChangesSigterm(folder=str(tmp_path), number=number) for number in range(3)])
        return [handler is own for handler in [*ChangesSigterm.seen, signal.getsignal(signal.SIGTERM)]]

    assert in_a_child(handlers) == [True] * 4


def test_what_a_forked_process_holds_does_not_keep_it_alive(tmp_path: Path) -> None:
    def fork_and_wait() -> None:
        for name in ("child", "grandchild"):
            if os.fork() == 0:
                # Its parent's end is no end of the build.
                kill_tasks.note_process(str(tmp_path), name)
                continue
            break
        threading.Event().wait(kill_tasks.TOO_LONG)

    with guarded_process(fork_and_wait) as process:
        wait_for("both", lambda: len(kill_tasks.alive(tmp_path)) == 2, deadline=SOON, every=0.02)
        process.kill()
        wait_until_gone(tmp_path)


def test_a_forked_process_tells_the_guard_of_no_signal() -> None:
    # It would write into whatever file has got the number of what it has closed.
    def descriptors() -> list[int]:
        with guarded():
            return [in_a_child(signal.set_wakeup_fd, -1), signal.set_wakeup_fd(-1)]

    nothing, guards = in_a_child(descriptors)
    assert nothing == -1
    assert guards >= 0


@pytest.mark.skipif(sys.platform != "linux", reason="no other system can be asked to do it")
def test_luigis_processes_end_with_a_build_that_has_no_guard(tmp_path: Path) -> None:
    process = fork.Process(target=lambda: build(job(tmp_path, "ignores"), workers=4))
    process.start()
    try:
        wait_until_stuck(tmp_path, "ignores", 4)
        process.kill()
        process.join()
        wait_until_gone(tmp_path)
    finally:
        end_all(tmp_path)


def test_a_build_ends_when_its_supervisor_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "WATCH_SECONDS", 0.05)

    def supervise() -> None:
        def supervised() -> None:
            with guarded(by_parent=True):
                build(job(tmp_path, "starts"), workers=4)

        fork.Process(target=supervised).start()
        threading.Event().wait(kill_tasks.TOO_LONG)

    process = fork.Process(target=supervise)
    process.start()
    wait_until_stuck(tmp_path, "starts", 4)
    process.kill()
    process.join()
    try:
        wait_until_gone(tmp_path)
    finally:
        end_all(tmp_path)


class StartsAndForgets(Task):
    """Leaves a program running, as one that starts a server does."""

    fails = luigi.BoolParameter(default=False)

    def run(self) -> None:
        kill_tasks.note_process(self.folder, "program", kill_tasks.start_program().pid)
        super().run()
        if self.fails:
            raise Ended


def end_all(folder: Path) -> None:
    for process in kill_tasks.alive(folder):
        process.kill()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_build_that_succeeds_ends_nothing(tmp_path: Path, workers: int) -> None:
    try:
        assert build(StartsAndForgets(folder=str(tmp_path)), workers=workers).status == "SUCCESS"
        assert len(kill_tasks.alive(tmp_path)) == 1
    finally:
        end_all(tmp_path)


def test_what_was_started_before_a_build_lives_on_when_it_is_ended(tmp_path: Path) -> None:
    before = kill_tasks.start_program()
    try:
        with pytest.raises(Ended):
            build(StartsAndForgets(folder=str(tmp_path), fails=True))
        assert kill_tasks.alive(tmp_path) == []
        assert before.poll() is None
    finally:
        before.kill()
        before.wait()


class DeafAndSlow(Task):
    """Takes longer than it may, ignores SIGTERM, and so does the program that it has started."""

    worker_timeout = 1

    def run(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kill_tasks.note_process(self.folder, "0-deaf")
        kill_tasks.note_process(self.folder, "program", kill_tasks.start_program().pid)
        threading.Event().wait(kill_tasks.TOO_LONG)


@pytest.mark.parametrize("workers", [1, 2])
def test_luigis_own_timeout_ends_what_ignores_sigterm(tmp_path: Path, workers: int) -> None:
    reports: list[BuildReport] = []
    # In a thread, so that a build that waits for ever fails the test.
    thread = threading.Thread(
        target=lambda: reports.append(build(DeafAndSlow(folder=str(tmp_path)), workers=workers)), daemon=True
    )
    thread.start()
    thread.join(SOON)
    left = kill_tasks.alive(tmp_path)
    end_all(tmp_path)
    assert left == []
    assert "timed out after 1 seconds" in str(reports[0].tasks[0].error)


def test_a_process_is_found_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PROC", Path("/no/such/folder"))
    program = kill_tasks.start_program()
    try:
        found = {process.pid: process for process in processes.tree(os.getpid())}[program.pid]
        assert (found.parent, found.group) == (os.getpid(), os.getpgrp())
        processes.end(lambda: processes.tree(program.pid))
        assert program.wait(SOON) == -signal.SIGTERM
    finally:
        program.kill()
        program.wait()


def test_a_build_without_a_guard_is_a_build_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "setpgid", lambda *_: None)
    with guarded():
        pass
    assert "no guard watches this build" in caplog.text


def test_a_guard_goes_when_the_build_is_over() -> None:
    def guards() -> int:
        return sum(guard.__file__ in child.cmdline() for child in psutil.Process().children())

    def count_guards() -> tuple[int, int]:
        with guarded():
            during = guards()
        return during, guards()

    assert in_a_child(count_guards) == (1, 0)
