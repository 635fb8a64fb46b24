"""The build through luigi's central scheduler, a real one."""

from __future__ import annotations

import http.server
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import luigi
import pytest

from airflow_luigi.core.build import BuildReport, SchedulerUnavailableError, TaskState, build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.interpreter import build_in
from local_airflow.airflow import REPO
from local_airflow.ports import free_ports
from local_airflow.waiting import wait_for
from tests.luigid import Luigid
from tests.processes import child

IMPATIENT = {"core": {"rpc-retry-attempts": 2, "rpc-retry-wait": 0}}


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with luigi_settings(IMPATIENT):
        yield


@pytest.fixture
def luigid(tmp_path: Path) -> Iterator[Luigid]:
    (tmp_path / "luigid").mkdir()
    with Luigid(tmp_path / "luigid") as started:
        yield started


def states(report: BuildReport) -> dict[str, str]:
    return {task.id.rsplit("_", 1)[0]: task.state.value for task in report.tasks}


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


class Step(luigi.Task):
    """Writes its name to a journal, then its file."""

    folder = luigi.Parameter(significant=False)
    name = luigi.Parameter()
    needs = luigi.ListParameter(default=(), significant=False)

    def requires(self) -> list[luigi.Task]:
        return [type(self)(folder=self.folder, name=name) for name in self.needs]  # type: ignore[var-annotated]

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.name}")

    def run(self) -> None:
        with Path(f"{self.folder}/journal").open("a") as journal:
            journal.write(f"{self.name}\n")
        self.work()
        with self.output().open("w") as file:
            file.write("made")

    def work(self) -> None:
        if self.name == "bad":
            raise ValueError("no such colour")


def test_a_build_through_luigid_reports_as_one_of_its_own_does(luigid: Luigid, tmp_path: Path) -> None:
    root = Step(folder=str(tmp_path), name="root", needs=["good", "bad"])
    report = build(root, scheduler_url=luigid.url)
    assert states(report) == {"Step_root": "upstream_failed", "Step_good": "ran", "Step_bad": "failed"}
    (failed,) = report.in_state(TaskState.FAILED)
    assert failed.error == "ValueError: no such colour"
    assert luigid.ask("task_list")[root.task_id]["name"] == "Step"
    assert "no such colour" in luigid.ask("fetch_error", task_id=failed.id)["error"]
    again = build(Step(folder=str(tmp_path), name="good"), scheduler_url=luigid.url, workers=2)
    assert again.ran_nothing


class NotAsked(luigi.Task):
    asked: ClassVar[list[str]] = []

    def complete(self) -> bool:
        self.asked.append("complete")
        return False


def test_a_luigid_that_is_not_there_is_named_before_any_task_is_asked() -> None:
    url = f"http://airflow:hunter22-marker@127.0.0.1:{free_ports(1)[0]}/luigi"
    with pytest.raises(SchedulerUnavailableError) as caught:
        build(NotAsked(), scheduler_url=url)
    masked = url.replace("hunter22-marker", "***")
    assert str(caught.value) == f"The Luigi scheduler at {masked} is not available: Connection refused."
    assert NotAsked.asked == []


@pytest.fixture
def stranger() -> Iterator[str]:
    """An HTTP server that is no luigid."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = int(self.path.split("/")[1])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "says"), [("200", "not a Luigi scheduler"), ("401", "it answers 401 Unauthorized")]
)
def test_what_answers_otherwise_than_luigid_is_told(stranger: str, path: str, says: str) -> None:
    with pytest.raises(SchedulerUnavailableError, match=says):
        build(NotAsked(), scheduler_url=f"{stranger}/{path}")


class KillsLuigid(Step):
    pid = luigi.IntParameter(significant=False)

    def requires(self) -> list[luigi.Task]:
        return [Step(folder=self.folder, name=name) for name in self.needs]  # type: ignore[var-annotated]

    def work(self) -> None:
        os.kill(self.pid, 9)


class After(Step):
    pid = luigi.IntParameter(significant=False)

    def requires(self) -> Any:
        return KillsLuigid(folder=self.folder, name="fatal", needs=["before"], pid=self.pid)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_luigid_that_dies_midway_costs_nothing_that_is_made(
    luigid: Luigid, tmp_path: Path, workers: int
) -> None:
    root = After(folder=str(tmp_path), name="after", pid=luigid.pid)
    with pytest.raises(SchedulerUnavailableError) as caught:
        build(root, scheduler_url=luigid.url, workers=workers)
    assert "Until then: 1 of 3 tasks, 1 running, 0 failed. What has been made stays." in str(caught.value)
    luigid.stop()
    luigid.start()
    report = build(root, scheduler_url=luigid.url, workers=workers)
    assert report.status == "SUCCESS"
    assert lines(tmp_path / "journal") == ["before", "fatal", "after"]


class Waits(Step):
    """Runs until somebody lets it end."""

    def work(self) -> None:
        if self.name == "shared":
            wait_for("the word to end", Path(f"{self.folder}/go").exists, bool, deadline=60, every=0.05)


def build_in_turn(url: str, task: luigi.Task, **config: Any) -> list[str]:
    """Build until it is done, as Airflow's retries do; give luigi's verdicts."""
    verdicts = []
    with luigi_settings({**IMPATIENT, **config}):
        while True:
            report = build(task, scheduler_url=url)
            verdicts.append(report.status)
            if report.status == "SUCCESS":
                return verdicts
            assert report.status == "NOT_RUN"
            (shared,) = report.in_state(TaskState.RUN_BY_OTHER_WORKER)
            assert "running in another worker" in str(shared.error)
            Path(f"{task.folder}/go").touch()  # type: ignore[attr-defined]


def is_running(luigid: Luigid, folder: Path) -> None:
    wait_for("the task to run", lambda: lines(folder / "journal"), bool, deadline=60, every=0.05)


def test_a_task_that_two_builds_need_runs_once_and_the_second_build_is_retried(
    luigid: Luigid, tmp_path: Path
) -> None:
    first, second = (Waits(folder=str(tmp_path), name=name, needs=["shared"]) for name in ("one", "two"))
    with child(build_in_turn, luigid.url, first) as first_verdicts:
        is_running(luigid, tmp_path)
        assert build_in_turn(luigid.url, second)[0] == "NOT_RUN"
        assert first_verdicts() == ["SUCCESS"]
    assert sorted(lines(tmp_path / "journal")) == ["one", "shared", "two"]


class Meanwhile(Waits):
    """Looks for its output, and says what it saw when another build has made it."""

    luigid: ClassVar[Luigid]
    seen_by: ClassVar[int] = 0

    def complete(self) -> bool:
        seen = bool(super().complete())
        if self.name == "shared" and os.getpid() == self.seen_by and not seen:
            Path(f"{self.folder}/go").touch()
            wait_for("the other build", self.done_tasks, lambda done: self.task_id in done, deadline=60)
        return seen

    def done_tasks(self) -> Any:
        return self.luigid.ask("task_list", status="DONE")


def test_a_task_that_another_build_ends_while_this_one_looks_at_it_is_no_failure(
    luigid: Luigid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Meanwhile, "luigid", luigid, raising=False)
    monkeypatch.setattr(Meanwhile, "seen_by", os.getpid())
    first, second = (Meanwhile(folder=str(tmp_path), name=name, needs=["shared"]) for name in ("one", "two"))
    with child(build_in_turn, luigid.url, first) as first_verdicts:
        is_running(luigid, tmp_path)
        report = build(second, scheduler_url=luigid.url)
        assert first_verdicts() == ["SUCCESS"]
    assert report.status == "SUCCESS"
    assert states(report) == {"Meanwhile_two": "ran", "Meanwhile_shared": "already_complete"}
    assert sorted(lines(tmp_path / "journal")) == ["one", "shared", "two"]


def test_with_keep_alive_the_second_build_waits_for_the_first(luigid: Luigid, tmp_path: Path) -> None:
    first, second = (Waits(folder=str(tmp_path), name=name, needs=["shared"]) for name in ("one", "two"))
    waits = {"worker": {"keep_alive": True, "wait_interval": 0.1, "wait_jitter": 0}}
    with child(build_in_turn, luigid.url, first) as first_verdicts:
        is_running(luigid, tmp_path)
        with child(lambda: build_in_turn(luigid.url, second, **waits)) as second_verdicts:
            wait_for("the second build", lambda: second.task_id in luigid.ask("task_list"), bool, deadline=60)
            (tmp_path / "go").touch()
            assert first_verdicts() == second_verdicts() == ["SUCCESS"]
    assert sorted(lines(tmp_path / "journal")) == ["one", "shared", "two"]


class Interrupt(BaseException):
    pass


class Interrupted(Step):
    def work(self) -> None:
        if not Path(f"{self.folder}/go").exists():
            raise Interrupt


def test_after_a_build_was_ended_the_next_one_need_not_wait_for_its_worker(
    luigid: Luigid, tmp_path: Path
) -> None:
    task = Interrupted(folder=str(tmp_path), name="shared")
    with pytest.raises(Interrupt):
        build(task, scheduler_url=luigid.url)
    assert "The build was ended: Interrupt." in luigid.ask("fetch_error", task_id=task.task_id)["error"]
    (tmp_path / "go").touch()
    assert build(task, scheduler_url=luigid.url).status == "SUCCESS"


class InterruptedAlone(Step):
    pid = luigi.IntParameter(significant=False)
    unanswered: ClassVar[threading.Event] = threading.Event()

    def work(self) -> None:
        os.kill(self.pid, 9)
        assert self.unanswered.wait(30)
        raise Interrupt


def test_the_end_of_a_build_does_not_wait_for_a_luigid_that_is_gone(luigid: Luigid, tmp_path: Path) -> None:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "Failed connecting to remote scheduler" in record.getMessage():
                InterruptedAlone.unanswered.set()

    logger, handler = logging.getLogger("luigi-interface"), Handler()
    logger.addHandler(handler)
    began = time.monotonic()
    try:
        with luigi_settings({"core": {"rpc-retry-wait": 60}}), pytest.raises(Interrupt):
            build(
                InterruptedAlone(folder=str(tmp_path), name="alone", pid=luigid.pid), scheduler_url=luigid.url
            )
    finally:
        logger.removeHandler(handler)
    assert time.monotonic() - began < 30


class Ranked(Step):
    rank = luigi.IntParameter(default=0)
    amount = luigi.IntParameter(default=0)

    @property
    def priority(self) -> int:  # type: ignore[override]
        return int(self.rank)

    @property
    def resources(self) -> dict[str, int]:  # type: ignore[override]
        return {"licence": self.amount} if self.amount else {}


@pytest.mark.parametrize("central", [False, True])
def test_priorities_and_resources_count(tmp_path: Path, central: bool) -> None:
    (tmp_path / "luigid").mkdir()
    ranked = [Ranked(folder=str(tmp_path), name=str(rank), rank=rank) for rank in (1, 3, 2)]
    greedy = Ranked(folder=str(tmp_path), name="greedy", amount=2)
    modest = Ranked(folder=str(tmp_path), name="modest", amount=1, rank=-1)
    licences = {"resources": {"licence": 1}}
    with Luigid(tmp_path / "luigid", licences) as luigid, luigi_settings({} if central else licences):
        report = build([greedy, modest, *ranked], scheduler_url=luigid.url if central else None)
    assert lines(tmp_path / "journal") == ["3", "2", "1", "modest"]
    assert [task.params["name"] for task in report.in_state(TaskState.NOT_RUN)] == ["greedy"]


MARKER = "hunter22-marker"
PRIVATE = luigi.parameter.ParameterVisibility.PRIVATE


class Store(luigi.Task):
    """Takes its secrets in all the ways that a task can, and tells them all."""

    folder = luigi.Parameter(significant=False)
    connection_string = luigi.Parameter()
    api_token = luigi.Parameter(default="")
    key = luigi.Parameter(default="", visibility=PRIVATE)
    names = luigi.Parameter(default="a", batch_method=",".join)
    more = luigi.Parameter(default="", significant=False)
    fails = luigi.BoolParameter(default=False, significant=False)

    def output(self) -> list[luigi.LocalTarget]:
        return [luigi.LocalTarget(f"{self.folder}/{self.task_id}")]

    def run(self) -> Any:
        told: Any = self
        told.set_status_message(f"connecting to {self.connection_string} with {self.key}")
        told.set_tracking_url(f"{self.connection_string}?{self.key}")
        if self.more:
            yield Store(folder=self.folder, connection_string=self.more)
        if self.fails:
            raise ValueError(f"{self.connection_string} refused {self.key} and {self.api_token} of {self}")
        with Path(f"{self.folder}/journal").open("a") as journal:
            journal.write(f"{self.connection_string}\n")
        with self.output()[0].open("w") as file:
            file.write("stored")


@pytest.mark.parametrize("workers", [1, 2])
def test_luigid_and_the_log_are_told_no_secret(
    luigid: Luigid, tmp_path: Path, caplog: pytest.LogCaptureFixture, workers: int
) -> None:
    urls = [f"my://u:{MARKER}{number}@h/db" for number in range(4)]
    folder = str(tmp_path)
    stores = [
        Store(folder=folder, connection_string=urls[0], key=f"{MARKER}-key"),
        Store(folder=folder, connection_string=urls[1], api_token=f"{MARKER}-token"),
        Store(folder=folder, connection_string=urls[2], key=f"{MARKER}-key", fails=True, names="b"),
        Store(folder=folder, connection_string=urls[0], more=urls[3], names="c"),
    ]
    with caplog.at_level("DEBUG"):
        report = build(stores, scheduler_url=luigid.url, workers=workers)
    assert report.counts["ran"] == 4
    assert report.counts["failed"] == 1
    # Tasks that differ only in their connection string are different tasks.
    assert sorted(lines(tmp_path / "journal")) == sorted([*urls[:2], urls[0], urls[3]])
    told = luigid.told()
    assert len(luigid.ask("graph")) == 5
    luigid.stop()
    everything = [told, luigid.state.read_bytes().decode(errors="replace"), caplog.text]
    for text in [*everything, json.dumps(report.to_json()), str([task.detail for task in report.tasks])]:
        assert "Store" in text
        assert "hunter" not in text
    assert {task.id for task in report.tasks} <= set(told.replace("'", " ").split())


def test_tasks_without_secrets_are_still_batched_and_go_by_their_own_ids(
    luigid: Luigid, tmp_path: Path
) -> None:
    urls = ["sqlite:////tmp/words.db"] * 3
    plain = [
        Store(folder=str(tmp_path), connection_string=url, names=n)
        for url, n in zip(urls, "abc", strict=True)
    ]
    secret = [Store(folder=str(tmp_path), connection_string=f"my://u:{MARKER}{n}@h", names=n) for n in "de"]
    report = build([*plain, *secret], scheduler_url=luigid.url)
    assert report.counts["ran"] == 5
    ids = set(luigid.ask("graph"))
    assert {task.task_id for task in plain} <= ids
    assert not {task.task_id for task in secret} & ids
    # One batch of three, and one run for each of the others.
    assert len(lines(tmp_path / "journal")) == 3


def test_a_build_in_another_interpreter_goes_through_luigid_too(
    luigid: Luigid, luigi_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    values = {"folder": str(tmp_path)}

    def built() -> BuildReport:
        task = "tests.interpreter_tasks:Recorded"
        return build_in(luigi_python, task, values, scheduler_url=luigid.url, luigi_config=IMPATIENT)

    report = built()
    assert report.counts["ran"] == 1
    (task,) = report.tasks
    assert list(luigid.ask("task_list", status="DONE")) == [task.id]
    luigid.kill()
    with pytest.raises(SchedulerUnavailableError, match="127\\.0\\.0\\.1"):
        built()
