"""However an Airflow of ours is ended, and whenever, no process of it stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local_airflow.airflow import REPO
from local_airflow.left_overs import end_everything
from local_airflow.processes import belonging_to
from local_airflow.waiting import wait_for

pytestmark = pytest.mark.e2e

STOP_DEADLINE = 40


class Up:
    """A running ``python -m local_airflow up``, as the leader of a process group."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.state = folder / "state"
        self.log = folder / "up.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local_airflow", "up", "--state", str(self.state), *arguments],
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def wait_for(self, pattern: str, deadline: float = 180) -> None:
        def look() -> str:
            text = self.log.read_text()
            assert self.process.poll() is None or re.search(pattern, text), text
            return text

        wait_for(pattern, look, lambda text: bool(re.search(pattern, text)), deadline=deadline, every=0.05)

    def wait_for_process(self, pattern: str) -> None:
        """Wait until one of Airflow's processes has this in its command line."""

        def look() -> list[str]:
            lines = []
            for process in belonging_to(self.state):
                with suppress(psutil.Error):  # it has just ended
                    lines.append(" ".join(process.cmdline()))
            return lines

        wait_for(
            pattern, look, lambda lines: any(pattern in line for line in lines), deadline=120, every=0.05
        )

    def send(self, signum: signal.Signals) -> None:
        os.killpg(self.process.pid, signum)

    def exit_code(self) -> int:
        return self.process.wait(timeout=STOP_DEADLINE)


@pytest.fixture
def ups(tmp_path: Path) -> Iterator[list[Up]]:
    started: list[Up] = []
    yield started
    for up in started:
        up.process.kill()
        end_everything(up.state, up.state / "postgres")


def test_ctrl_c_while_running_leaves_no_process_and_the_folder_can_be_used_again(
    tmp_path: Path, ups: list[Up]
) -> None:
    first = Up(tmp_path)
    ups.append(first)
    first.wait_for(r"Airflow: +http://127.0.0.1:\d+")
    second = Up(tmp_path)
    ups.append(second)
    assert second.process.wait(timeout=30) == 1
    refusals = [line for line in first.log.read_text().splitlines() if line.startswith("Error: ")]
    assert len(refusals) == 1
    assert f"process {first.process.pid}" in refusals[0]
    assert first.process.poll() is None

    first.send(signal.SIGINT)
    assert first.exit_code() == 130
    assert belonging_to(first.state) == []

    third = Up(tmp_path)
    ups.append(third)
    wait_for("a second address", lambda: third.log.read_text().count("Password:") == 2, deadline=180)
    third.send(signal.SIGTERM)
    assert third.exit_code() == 143
    assert belonging_to(third.state) == []


@pytest.mark.parametrize("process", ["initdb", "db migrate", "scheduler"])
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_while_starting_leaves_no_process(
    tmp_path: Path, ups: list[Up], process: str, signum: signal.Signals, code: int
) -> None:
    up = Up(tmp_path)
    ups.append(up)
    up.wait_for_process(process)
    up.send(signum)
    assert up.exit_code() == code
    assert belonging_to(up.state) == []
    assert "Traceback" not in up.log.read_text()


def test_impatient_ctrl_cs_leave_no_process(tmp_path: Path, ups: list[Up]) -> None:
    up = Up(tmp_path)
    ups.append(up)
    up.wait_for_process("scheduler")
    up.send(signal.SIGINT)
    for _ in range(20):
        if up.process.poll() is None:
            up.send(signal.SIGINT)
            wait_for("a moment", iter([False, True]).__next__, deadline=5, every=0.1)
    assert up.exit_code() == 130
    assert belonging_to(up.state) == []


def test_what_a_killed_instance_left_is_ended(tmp_path: Path, ups: list[Up]) -> None:
    up = Up(tmp_path)
    ups.append(up)
    up.wait_for_process("scheduler")
    os.kill(up.process.pid, signal.SIGKILL)
    wait_for("nothing left", lambda: belonging_to(up.state) == [], deadline=30)


def test_the_next_start_ends_what_a_killed_instance_and_its_guard_left(tmp_path: Path, ups: list[Up]) -> None:
    first = Up(tmp_path)
    ups.append(first)
    first.wait_for_process("scheduler")
    for process in belonging_to(first.state):
        if "local_airflow.guard" in process.cmdline():
            process.kill()
    os.kill(first.process.pid, signal.SIGKILL)
    left = {process.pid for process in belonging_to(first.state)}
    assert len(left) >= 5

    second = Up(tmp_path)
    ups.append(second)
    wait_for(
        "the left-overs' end",
        lambda: left.isdisjoint(process.pid for process in belonging_to(first.state)),
        deadline=30,
    )
    second.wait_for_process("db migrate")
    second.send(signal.SIGINT)
    assert second.exit_code() == 130
    assert belonging_to(second.state) == []


def test_a_first_start_that_was_cut_off_in_the_migration_can_be_made_again(
    tmp_path: Path, ups: list[Up]
) -> None:
    first = Up(tmp_path)
    ups.append(first)
    log = first.state / "logs" / "db.log"
    wait_for(
        "tables being made",
        lambda: log.exists() and "Creating Airflow database tables" in log.read_text(),
        deadline=120,
        every=0.01,
    )
    first.send(signal.SIGINT)
    assert first.exit_code() == 130
    second = Up(tmp_path)
    ups.append(second)
    second.wait_for_process("airflow scheduler")
    second.send(signal.SIGINT)
    assert second.exit_code() == 130


def test_a_taken_port_is_one_line(tmp_path: Path, ups: list[Up]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        up = Up(tmp_path, "--port", str(port))
        ups.append(up)
        assert up.process.wait(timeout=30) == 1
    said = up.log.read_text().strip().splitlines()
    assert said[-1] == f"Error: port {port} is taken; choose another with PORT=..., or leave it out"
    assert belonging_to(up.state) == []
