"""``airflow-luigi run``: the operator's build in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_airflow.waiting import wait_for
from tests import graph_tasks, kill_tasks
from tests.cli.commands import call, call_program, environment, program
from tests.core.kills import SOON, wait_until_gone, wait_until_stuck

TASKS = graph_tasks.__name__
DATE = "2026-11-03"


def arguments(folder: Path, family: str, *words: str) -> list[str]:
    return ["run", f"{TASKS}:{family}", "--date", DATE, "--param", f"folder={folder}", *words]


def test_a_build_runs_what_is_missing_and_says_so(tmp_path: Path) -> None:
    first = call(*arguments(tmp_path, "Served"))
    assert first.exit_code == 0
    assert "ran                        3  Raw, Cooked, Served" in first.output
    assert "SUCCESS: 3 of 3 tasks are done" in first.output
    again = call(*arguments(tmp_path, "Served"))
    assert again.exit_code == 0
    assert "found complete             1  Served" in again.output


def test_a_failed_task_is_exit_code_1_with_its_error(tmp_path: Path) -> None:
    result = call_program(*arguments(tmp_path, "NeedsBroken"))
    assert result.returncode == 1
    assert "  Broken(folder=" not in result.stdout.partition("failed")[0]
    assert ": ValueError: it is broken" in result.stdout
    assert "waiting for these          1  NeedsBroken" in result.stdout
    # luigi's own record of it, with the traceback, once.
    assert result.stderr.count('raise ValueError("it is broken")') == 1


def test_missing_external_data_is_exit_code_20(tmp_path: Path) -> None:
    result = call(*arguments(tmp_path, "NeedsLate"))
    assert result.exit_code == 20
    assert f"Late(folder={tmp_path}, date={DATE}): missing: {tmp_path}/late_{DATE}" in result.output


def test_a_task_that_may_not_run_is_exit_code_25(tmp_path: Path) -> None:
    result = call("run", f"{__name__}:RunShort", "--param", f"folder={tmp_path}")
    assert result.exit_code == 25
    assert "a resource is short" in result.output


class RunShort(graph_tasks.Written):
    """Needs more than there is."""

    resources = {"nothing": 2}  # noqa: RUF012 - luigi's way to say it


def test_workers_and_luigis_configuration_are_those_that_were_given(tmp_path: Path) -> None:
    words = arguments(tmp_path, "Fan", "--param", "leaves=4", "--workers", "2")
    result = call_program(*words, "--luigi-config", "worker.task_limit=3")
    assert result.returncode == 1
    assert "[worker] task_limit was reached" in result.stdout
    assert call_program(*words).returncode == 0


def test_progress_is_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    result = call_program(*arguments(tmp_path, "Top"))
    assert result.stderr == "4 of 4 tasks, 0 running, 0 failed\n"


def test_verbose_shows_what_luigi_logs_and_hides_secrets(tmp_path: Path) -> None:
    url = "postgresql://u:hunter22@h/d"
    result = call_program("run", f"{TASKS}:Secretive", "--param", f"url={url}", "-v")
    assert result.returncode == 1
    assert "INFO: Done scheduling tasks" in result.stderr
    assert "hunter22" not in result.stdout + result.stderr


def test_a_build_imports_nothing_of_airflow(tmp_path: Path) -> None:
    text = "\n".join(
        [
            "import sys",
            "sys.modules['airflow'] = None",
            "from airflow_luigi.cli import main",
            "main([*sys.argv[1:]])",
        ]
    )
    command = [sys.executable, "-c", text, *arguments(tmp_path, "Top", "--workers", "2")]
    result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr


def test_a_build_in_another_interpreter_says_the_same(tmp_path: Path, luigi_python: str) -> None:
    words = ["run", "tests.kill_tasks:Task", "--python", luigi_python]
    assert "name --date-param" in call(*words, "--date", DATE).output
    lonely = tmp_path / "lonely_tasks.py"
    lonely.write_text(LONELY)
    pipeline = ["run", "lonely_tasks:Lonely", "--param", f"folder={tmp_path}", "--python", luigi_python]
    result = subprocess.run(
        program(*pipeline, "--date", DATE, "--date-param", "month"),
        env=environment() | {"PYTHONPATH": f"{tmp_path}:{environment()['PYTHONPATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert "SUCCESS: 1 of 1 tasks are done" in result.stdout
    assert (tmp_path / "2026-11").exists()


LONELY = """
import luigi

class Lonely(luigi.Task):
    folder = luigi.Parameter()
    month = luigi.MonthParameter()

    def output(self):
        return luigi.LocalTarget(f"{self.folder}/{self.month:%Y-%m}")

    def run(self):
        with self.output().open("w") as file:
            file.write("made")
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workers", "0"], "0 is not in the range x>=1."),
        (["--luigi-config", "worker=1"], "--luigi-config 'worker': write it as section.key=value."),
        (["--python", "/no/python", "--date-param", "date"], "there is no file /no/python"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(tmp_path: Path, words: list[str], says: str) -> None:
    result = call(*arguments(tmp_path, "Top", *words))
    assert result.exit_code == 2
    assert says in result.output.splitlines()[-1]


def test_a_scheduler_that_is_not_there_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    result = call_program(*arguments(tmp_path, "Top", "--scheduler-url", "http://127.0.0.1:9"))
    assert result.returncode == 1
    assert "Error: The Luigi scheduler at http://127.0.0.1:9 is not available" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("signum", "workers", "code", "name", "more"),
    [
        (signal.SIGINT, 1, 130, "Ctrl-C", ()),
        (signal.SIGINT, 4, 130, "Ctrl-C", ()),
        (signal.SIGTERM, 4, 143, "SIGTERM", ()),
        (signal.SIGINT, 4, 130, "Ctrl-C", ("--python", sys.executable)),
    ],
)
@pytest.mark.parametrize("kind", ["sleeps", "starts"])
def test_a_signal_ends_the_build_and_all_its_processes(
    tmp_path: Path,
    kind: str,
    signum: signal.Signals,
    workers: int,
    code: int,
    name: str,
    more: tuple[str, ...],
) -> None:
    words = ["run", "tests.kill_tasks:Job", "--param", f"folder={tmp_path}", "--param", f"kind={kind}"]
    process = subprocess.Popen(
        program(*words, "--workers", str(workers), *more),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until_stuck(tmp_path, kind, workers)
        # A terminal's Ctrl-C goes to the whole group, a SIGTERM to one process.
        (os.killpg if signum == signal.SIGINT else os.kill)(process.pid, signum)
        stdout, stderr = process.communicate(timeout=SOON + 10)
        wait_until_gone(tmp_path)
    finally:
        process.kill()
    assert process.returncode == code
    assert "ran                        1  First" in stdout
    assert f"Ended by {name}." in stdout
    # A program of the pipeline's own may have something to say.
    assert "airflow_luigi" not in stderr
    assert kill_tasks.made(tmp_path) == ["First"]


def test_a_bar_is_drawn_on_a_terminal_and_lines_stay_whole(tmp_path: Path) -> None:
    import pty

    tasks = tmp_path / "slow_tasks.py"
    tasks.write_text(SLOW)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        program("run", "slow_tasks:Slow", "--param", f"folder={tmp_path}"),
        env=environment() | {"PYTHONPATH": f"{tmp_path}:{environment()['PYTHONPATH']}", "TERM": "xterm"},
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    seen = b""

    def read() -> bool:
        nonlocal seen
        try:
            seen += os.read(leader, 65536)
        except OSError:  # Linux says so when the other end is closed
            return True
        return False

    wait_for("the end", read, bool, deadline=60, every=0)
    assert process.wait(30) == 0
    text = seen.decode()
    assert "of 9 tasks, 0 failed" in text
    assert all(f"did {number}" in text for number in range(8))
    assert "SUCCESS: 9 of 9" in text


SLOW = """
import luigi, threading

class Part(luigi.Task):
    folder = luigi.Parameter()
    number = luigi.IntParameter()

    def output(self):
        return luigi.LocalTarget(f"{self.folder}/{self.number}")

    def run(self):
        threading.Event().wait(0.25)
        print("did", self.number, flush=True)
        with self.output().open("w") as file:
            file.write("made")

class Slow(luigi.WrapperTask):
    folder = luigi.Parameter()

    def requires(self):
        return [Part(folder=self.folder, number=number) for number in range(8)]
"""
