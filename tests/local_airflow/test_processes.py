"""Nothing that was started stays behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from local_airflow.errors import ComponentDiedError
from local_airflow.guard import Guard
from local_airflow.left_overs import end_everything
from local_airflow.processes import STATE_MARKER, Child, belonging_to, kill_all, stop
from local_airflow.waiting import wait_for

REPO = Path(__file__).resolve().parents[2]
SLEEP = "import time; print('ready', flush=True); time.sleep(300)"
POLITE = "import time\ntry: print('ready', flush=True); time.sleep(300)\nfinally: print('bye')"
DEAF = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEP}"
# A grandchild in a session of its own, whose parent is gone, under another name: the hardest to find.
ORPHAN = f"""
import subprocess, sys
code = 'from setproctitle import setproctitle; setproctitle("somebody else"); ' + {SLEEP!r}
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def start(state: Path, code: str, name: str = "sleeper") -> Child:
    env = {**os.environ, STATE_MARKER: str(state), "SPT_NOENV": "1"}
    log = state.with_name(f"{name}.log")
    return Child(name, [sys.executable, "-c", code], log=log, env=env, cwd=log.parent)


def wait_until_ready(child: Child) -> None:
    wait_for("ready", lambda: "ready" in child.log.read_text(), deadline=20, every=0.02)


def test_a_child_that_listens_is_asked_to_end(state: Path) -> None:
    child = start(
        state, "import time\ntry: print('ready', flush=True); time.sleep(300)\nfinally: print('bye')"
    )
    wait_until_ready(child)
    stop([child], grace=20)
    assert "bye" in child.log.read_text()
    assert belonging_to(state) == []


def test_a_child_that_does_not_listen_is_killed_when_its_time_is_over(state: Path) -> None:
    child = start(state, DEAF)
    wait_until_ready(child)
    stop([child], grace=0.2)
    wait_for("end", lambda: child.exit_code == -signal.SIGKILL, deadline=10, every=0.02)


def test_hurry_takes_the_time_away(state: Path) -> None:
    child = start(state, DEAF)
    wait_until_ready(child)
    began = time.monotonic()
    stop([child], grace=60, hurry=lambda: True)
    assert time.monotonic() - began < 10


def test_an_orphan_under_another_name_is_found_and_ended(state: Path) -> None:
    child = start(state, ORPHAN)
    wait_for("the parent's end", lambda: child.exit_code == 0, deadline=20, every=0.02)
    wait_until_ready(child)
    assert [process.cmdline()[0].startswith("somebody") for process in belonging_to(state)] == [True]
    end_everything(state, state / "postgres")
    assert belonging_to(state) == []


def test_another_folders_processes_are_left_alone(state: Path) -> None:
    child = start(state, SLEEP)
    wait_until_ready(child)
    end_everything(state.with_name("stat"), state / "postgres")
    assert [process.pid for process in belonging_to(state)] == [child.pid]
    kill_all(lambda: belonging_to(state))


def test_a_foreign_process_with_the_number_in_an_old_pid_file_is_left_alone(state: Path) -> None:
    bystander = start(state.with_name("bystander"), SLEEP)
    (state / "postgres").mkdir(parents=True)
    (state / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n")
    end_everything(state, state / "postgres")
    assert bystander.exit_code is None
    kill_all(lambda: belonging_to(state.with_name("bystander")))


def test_a_dead_component_is_reported_with_its_log_and_that_logs_end(state: Path) -> None:
    child = start(state, "print('Address already in use'); raise SystemExit(3)", name="scheduler")
    wait_for("end", lambda: child.exit_code, deadline=20, every=0.02)
    with pytest.raises(ComponentDiedError) as died:
        child.check_alive()
    first, *rest = str(died.value).splitlines()
    assert first == f"the scheduler ended (exit code 3); its log: {child.log}"
    assert rest == ["    Address already in use"]


def test_what_an_earlier_run_wrote_is_not_reported(state: Path) -> None:
    state.with_name("scheduler.log").write_text("yesterday's error\n")
    child = start(state, "print('today'); raise SystemExit(1)", name="scheduler")
    wait_for("end", lambda: child.exit_code, deadline=20, every=0.02)
    assert child.tail() == "    today"


def test_the_guard_ends_everything_when_its_owner_was_killed(state: Path) -> None:
    code = f"""
import os, subprocess, sys, time
from pathlib import Path
from local_airflow.guard import Guard
state = Path({str(state)!r})
env = {{**os.environ, {STATE_MARKER!r}: str(state)}}
guard = Guard(state, state / "postgres", env)
subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True, env=env)
time.sleep(300)
"""
    log = state.with_name("owner.log")
    owner = Child("owner", [sys.executable, "-c", code], log=log, env=os.environ, cwd=REPO)
    wait_until_ready(owner)
    assert len(belonging_to(state)) == 2
    owner.send(signal.SIGKILL)
    wait_for("nothing left", lambda: belonging_to(state) == [], deadline=20, every=0.05)


def test_a_dismissed_guard_is_gone_and_ends_nothing(state: Path) -> None:
    sleeper = start(state, SLEEP)
    guard = Guard(state, state / "postgres", {**os.environ, STATE_MARKER: str(state)})
    guard.dismiss()
    assert [process.pid for process in belonging_to(state)] == [sleeper.pid]
    kill_all(lambda: belonging_to(state))


def test_the_searching_process_and_its_parents_are_never_found(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "environ", lambda _self: {STATE_MARKER: str(state)})
    found = {process.pid for process in belonging_to(state)}
    assert found.isdisjoint({os.getpid(), os.getppid()})
