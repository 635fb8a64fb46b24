"""Asking tasks whether they are complete, in a process beside this one."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import luigi
import psutil
import pytest

from airflow_luigi.core import child_check
from airflow_luigi.core.checker import Answer, Checker, CheckerProcess, first_question, question
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.database_url import ConnectionParts
from airflow_luigi.core.processes import live_processes
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.wanted import wanted
from local_airflow.waiting import wait_for
from tests.wait_tasks import Moody, Row

REPO = Path(__file__).resolve().parents[2]
LIMIT = 30.0
PASSWORD = "hunter22-must-not-show"


@pytest.fixture(autouse=True)
def _pipeline_is_on_pythonpath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))


@pytest.fixture
def checker() -> Iterator[Checker]:
    checker = Checker()
    yield checker
    checker.close()
    checker.join(15)
    assert children() == []


def children() -> list[psutil.Process]:
    """Give the processes that this one has started to ask."""
    return [child for child in psutil.Process().children() if child.cmdline()[-1:] == ["check"]]


def about(task: luigi.Task, folder: Path) -> Any:
    config = {"folders": {"outputs": str(folder)}}
    with luigi_settings(config):
        return question(wanted(task, Redactor()).to_json(), config)


def set_mood(folder: Path, name: str, mood: str) -> None:
    part = folder / "part"
    part.write_text(mood)
    part.rename(folder / f"mood_{name}")


def asked(folder: Path, name: str) -> list[int]:
    file = folder / f"asked_{name}"
    return [int(line.split()[0]) for line in file.read_text().splitlines()] if file.exists() else []


def test_the_answer_is_what_complete_says(checker: Checker, tmp_path: Path) -> None:
    order = about(Moody("m"), tmp_path)
    assert not checker.ask(order, LIMIT).result(LIMIT).complete
    set_mood(tmp_path, "m", "yes")
    assert checker.ask(order, LIMIT).result(LIMIT).complete
    assert len(set(asked(tmp_path, "m"))) == 1


def test_two_hundred_who_ask_about_one_task_ask_it_once(checker: Checker, tmp_path: Path) -> None:
    set_mood(tmp_path, "first", "yes")
    first = checker.ask(about(Moody("first"), tmp_path), LIMIT)
    answers = [checker.ask(about(Moody("same"), tmp_path), LIMIT) for _ in range(200)]
    assert first.result(LIMIT).complete
    assert [answer.result(LIMIT).complete for answer in answers] == [False] * 200
    assert len(asked(tmp_path, "same")) == 1


def test_an_exception_is_told_and_hides_passwords(tmp_path: Path) -> None:
    with CheckerProcess() as process:
        set_mood(tmp_path, "m", "raise")
        answer = process.ask(about(Moody("m"), tmp_path), LIMIT)
        assert answer.error == "ConnectionError: m is not in the mood"
        assert not answer.is_spec_error
        assert "tests/wait_tasks.py" in str(answer.detail)
        bad = process.ask(about(Row(f"nosuch://u:{PASSWORD}@host/db", "x"), tmp_path), LIMIT)
        assert bad.error is not None
        assert PASSWORD not in f"{bad.error}{bad.detail}"
        # The process lives on.
        set_mood(tmp_path, "m", "yes")
        assert process.ask(about(Moody("m"), tmp_path), LIMIT).complete


def test_a_task_that_hangs_is_ended_and_the_others_are_asked(checker: Checker, tmp_path: Path) -> None:
    set_mood(tmp_path, "h", "hang")
    set_mood(tmp_path, "m", "yes")
    hangs = checker.ask(about(Moody("h"), tmp_path), 8)
    other = checker.ask(about(Moody("m"), tmp_path), LIMIT)
    assert hangs.result(LIMIT).error == "no answer within 8 s; the process that asked it was ended"
    assert other.result(LIMIT).complete
    (pid,) = asked(tmp_path, "h")
    assert pid not in live_processes()


def test_a_task_that_crashes_is_told_and_the_others_are_asked(checker: Checker, tmp_path: Path) -> None:
    set_mood(tmp_path, "c", "crash")
    set_mood(tmp_path, "m", "yes")
    crashes = checker.ask(about(Moody("c"), tmp_path), LIMIT)
    other = checker.ask(about(Moody("m"), tmp_path), LIMIT)
    assert crashes.result(LIMIT).error == "the process that asks it ended with exit code 9"
    assert other.result(LIMIT).complete


def test_what_is_logged_comes_with_the_answer_and_prints_are_dropped(
    checker: Checker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    set_mood(tmp_path, "m", "warn")
    answer = checker.ask(about(Moody("m"), tmp_path), LIMIT).result(LIMIT)
    assert ("wait.tasks", 30, "m warns") in answer.records
    set_mood(tmp_path, "m", "print")
    assert checker.ask(about(Moody("m"), tmp_path), LIMIT).result(LIMIT).error is None
    assert "loudly" not in "".join(capfd.readouterr())


def test_nobody_who_waits_leaves_no_process_even_while_one_is_asked(tmp_path: Path) -> None:
    checker = Checker()
    set_mood(tmp_path, "h", "hang")
    checker.ask(about(Moody("h"), tmp_path), 300)
    wait_for("the question", lambda: asked(tmp_path, "h"), deadline=LIMIT)
    began = time.monotonic()
    checker.close()
    checker.join(15)
    assert time.monotonic() - began < 10
    assert asked(tmp_path, "h")[0] not in live_processes()


def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    set_mood(tmp_path, "h", "hang")
    program = (
        "import json, sys; from airflow_luigi.core.checker import CheckerProcess;"
        "CheckerProcess().ask(json.loads(sys.argv[1]), 300)"
    )
    order = json.dumps(about(Moody("h"), tmp_path))
    path = os.pathsep.join([str(REPO), str(REPO / "plugins")])
    process = subprocess.Popen([sys.executable, "-c", program, order], env={**os.environ, "PYTHONPATH": path})
    wait_for("the question", lambda: asked(tmp_path, "h"), deadline=LIMIT)
    (pid,) = asked(tmp_path, "h")
    process.kill()
    process.wait()
    wait_for("the end", lambda: pid not in live_processes(), deadline=10, every=0.1)


def write_pipeline(folder: Path, complete: object) -> None:
    folder.mkdir(exist_ok=True)
    text = f"import luigi\nclass Changing(luigi.Task):\n    def complete(self):\n        return {complete}\n"
    (folder / "changing_pipeline.py").write_text(text)


CHANGING = {
    "task": "changing_pipeline:Changing",
    "params": '{"values": {}, "texts": {}}',
    "name": "Changing()",
}


def test_code_that_changes_is_read_again(tmp_path: Path) -> None:
    write_pipeline(tmp_path / "code", False)
    order = question(CHANGING, {})
    with CheckerProcess(search_path=[str(tmp_path / "code")]) as process:
        assert process.ask(order, LIMIT) == Answer(wanted=process.ask(order, LIMIT).wanted)
        write_pipeline(tmp_path / "code", "True or 'new'")
        wait_for(
            "the new code",
            lambda: process.ask(order, LIMIT).complete,
            deadline=child_check.LOOK_AT_FILES_EVERY * 3,
        )


def test_a_pipeline_that_is_not_there_is_told_as_such(checker: Checker) -> None:
    answer = checker.ask(question(CHANGING, {}), LIMIT).result(LIMIT)
    assert answer.is_spec_error
    assert "there is no module 'changing_pipeline'" in str(answer.error)


def test_an_interpreter_that_will_not_do_is_told_as_such(bare_python: str) -> None:
    for python, says in ((bare_python, "has no luigi"), ("/no/such/python", "there is no file")):
        with CheckerProcess(python) as process:
            answer = process.ask(question(CHANGING, {}), LIMIT)
        assert answer.is_spec_error
        assert says in str(answer.error)


def test_another_interpreter_makes_the_task_from_what_the_user_gave(
    luigi_python: str, tmp_path: Path
) -> None:
    config = {"folders": {"outputs": str(tmp_path)}}
    with CheckerProcess(luigi_python) as process:
        order = first_question("tests.wait_tasks:Moody", {"name": "m", "number": "3"}, None, config)
        answer = process.ask(order, LIMIT)
        assert answer.wanted is not None
        assert answer.wanted["name"] == "Moody(name=m, number=3)"
        set_mood(tmp_path, "m", "yes")
        assert process.ask(question(answer.wanted, config), LIMIT).complete


def test_a_named_database_is_asked_for_here_now_and_then(tmp_path: Path) -> None:
    names: list[str] = []

    def resolver(name: str) -> ConnectionParts:
        names.append(name)
        if name == "locked_db":
            raise PermissionError("no access")
        return ConnectionParts("sqlite", host=str(tmp_path / "rows.db"))

    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("CREATE TABLE waited_rows (name TEXT)")
        database.execute("INSERT INTO waited_rows VALUES ('r')")
    database.close()
    with CheckerProcess(resolver=resolver) as process:
        for _ in range(3):
            assert process.ask(about(Row("rows_db", "r"), tmp_path), LIMIT).complete
        assert names == ["rows_db"]
        answer = process.ask(about(Row("locked_db", "r"), tmp_path), LIMIT)
        assert "PermissionError" in str(answer.error)
        # After an error it is asked for again: a password may have changed.
        assert process.ask(about(Row("rows_db", "r"), tmp_path), LIMIT).complete
        assert names == ["rows_db", "locked_db", "rows_db"]


def test_who_has_gone_is_not_asked_for(checker: Checker, tmp_path: Path) -> None:
    set_mood(tmp_path, "h", "hang")
    busy = checker.ask(about(Moody("h"), tmp_path), 6)
    gone: Future[Answer] = checker.ask(about(Moody("gone"), tmp_path), LIMIT)
    gone.cancel()
    assert busy.result(LIMIT).error is not None
    assert not checker.ask(about(Moody("m"), tmp_path), LIMIT).result(LIMIT).complete
    assert asked(tmp_path, "gone") == []
