"""A build as it is published while it runs, and when it is over."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import luigi
import pytest
from luigi.task_status import DONE, PENDING

from airflow_luigi.core import publisher
from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.live import HEAD_KEY, LISTED_DETAIL, LISTED_TASKS, Live
from airflow_luigi.core.recorder import TaskRecord
from airflow_luigi.core.secrets import Redactor
from tests.published import Reader

DEADLINE = 20.0


class Done(luigi.Task):
    """Leaves a file."""

    folder = luigi.PathParameter(significant=False, visibility=luigi.parameter.ParameterVisibility.HIDDEN)
    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(self.folder / self.name))

    def run(self) -> None:
        Path(self.output().path).touch()


class Fails(Done):
    def run(self) -> None:
        raise ValueError(f"{self.name} is broken")


class External(luigi.ExternalTask):
    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget("/nowhere/at/all")


class Needs(Done):
    """Requires what is listed for it."""

    needed: ClassVar[list[luigi.Task]] = []

    def requires(self) -> list[luigi.Task]:
        return self.needed


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish as often as there is a change."""
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 0.0)
    monkeypatch.setattr(publisher, "SHARE", 1.0)


@pytest.fixture
def needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Needs]:
    def make(*tasks: luigi.Task) -> Needs:
        monkeypatch.setattr(Needs, "needed", list(tasks))
        return Needs(folder=tmp_path, name="root")

    return make


def test_a_build_that_is_over_is_told_with_all_that_is_known_of_it(
    needs: Callable[..., Needs], tmp_path: Path
) -> None:
    there, fresh, broken = Done(tmp_path, "there"), Done(tmp_path, "fresh"), Fails(tmp_path, "bad")
    there.run()
    root = needs(there, fresh, broken, External())
    reader = Reader()
    report = build(root, publish=reader)
    assert reader.states == {
        "Needs root": "upstream_failed",
        "Done there": "already_complete",
        "Done fresh": "ran",
        "Fails bad": "failed",
        "External": "missing_external",
    }
    assert reader.head["status"] == report.status == "FAILED"
    numbers = reader.numbers
    assert reader.of("task", root)[3] == sorted(set(numbers.values()) - {numbers[root.task_id]})
    started, seconds, runs = reader.of("ran", fresh)
    assert (started >= reader.head["started"] - 1, seconds < DEADLINE, runs) == (True, True, 1)
    error, detail = reader.of("error", broken)
    assert error == "ValueError: bad is broken"
    assert "Traceback (most recent call last)" in detail
    assert detail.endswith(error)
    assert reader.of("error", External()) == [
        "missing: /nowhere/at/all",
        "missing: /nowhere/at/all",
    ]
    assert reader.of("error", root)[0] == "waits for External, Fails"
    assert reader.of("outputs", there) == [[f"file://{tmp_path}/there"], 0]
    assert reader.of("outputs", fresh) == [[f"file://{tmp_path}/fresh"], 0]
    families = {name: (where, params) for _, name, where, params in reader.entries("family")}
    assert families["Done"] == (f"{__name__}:Done", ["name"])


class Watched(Done):
    """Runs until somebody has seen it run."""

    seen: ClassVar[threading.Event]

    def run(self) -> None:
        assert self.seen.wait(DEADLINE), "nobody was told that this task runs"
        super().run()


def test_a_task_that_runs_long_is_shown_as_running_although_nothing_else_changes(
    needs: Callable[..., Needs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tasks before it are over in an instant, and what comes behind them in that time must not be lost.
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 0.5)
    monkeypatch.setattr(Watched, "seen", threading.Event(), raising=False)
    reader = Reader()

    def put(key: str, value: Any) -> None:
        reader(key, value)
        if key == HEAD_KEY and reader.states.get("Watched long") == "running":
            Watched.seen.set()

    root = needs(Watched(tmp_path, "long"), *(Done(tmp_path, f"short{n}") for n in range(5)))
    assert build(root, publish=put).status == "SUCCESS"
    before, *_, last = reader.heads
    assert before["status"] is None
    assert set(last["states"]) == {"R"}


def test_without_a_thread_the_changes_are_published_as_they_come(
    needs: Callable[..., Needs], tmp_path: Path
) -> None:
    threads = set()
    reader = Reader()

    def put(key: str, value: Any) -> None:
        threads.add(threading.current_thread())
        reader(key, value)

    root = needs(Done(tmp_path, "a"), Done(tmp_path, "b"))
    build(root, publish=put, publish_in_background=False)
    assert threads == {threading.main_thread()}
    assert {"running", "waiting"} <= {head["codes"][code] for head in reader.heads for code in head["states"]}


def test_a_build_of_several_processes_is_published_too(needs: Callable[..., Needs], tmp_path: Path) -> None:
    reader = Reader()
    root = needs(*(Done(tmp_path, f"task{n}") for n in range(8)))
    assert build(root, workers=3, publish=reader).status == "SUCCESS"
    assert len(reader.heads) > 1
    assert set(reader.head["states"]) == {"R"}


def test_what_is_between_two_snapshots_is_at_least_that_long(
    needs: Callable[..., Needs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 3600.0)
    reader = Reader()
    build(needs(*(Done(tmp_path, f"task{n}") for n in range(8))), publish=reader)
    (head,) = reader.heads
    assert head["status"] == "SUCCESS"


def test_publishing_takes_no_more_of_a_builds_time_than_its_share(
    needs: Callable[..., Needs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "SHARE", 1e-9)
    reader = Reader()
    build(needs(*(Done(tmp_path, f"task{n}") for n in range(8))), publish=reader, publish_in_background=False)
    # The first, behind which comes a pause that outlasts the build, and the last.
    first, last = reader.heads
    assert "N" in first["states"], "it comes when the first task is about to run"
    assert last["status"] == "SUCCESS"


def test_a_kill_has_its_last_word(needs: Callable[..., Needs], tmp_path: Path) -> None:
    class Killed(Done):
        def run(self) -> None:
            raise KeyboardInterrupt

    reader = Reader()
    with pytest.raises(KeyboardInterrupt):
        build(needs(Killed(tmp_path, "killed")), publish=reader)
    assert reader.head["status"] == "BROKEN_OFF"
    assert reader.states["Killed killed"] == "not_run"


def test_a_store_that_fails_is_told_of_once_and_the_build_goes_on(
    needs: Callable[..., Needs], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def put(key: str, value: Any) -> None:
        raise ConnectionError("no Airflow")

    assert build(needs(Done(tmp_path, "a")), publish=put).status == "SUCCESS"
    said = [record.getMessage() for record in caplog.records if record.name == publisher.__name__]
    assert said == ["The build goes on, but can't be shown any more: ConnectionError: no Airflow"]


def test_a_task_that_failed_and_was_run_again_is_told_with_both_runs(
    needs: Callable[..., Needs], tmp_path: Path
) -> None:
    class Flaky(Done):
        retry_count = 2

        def run(self) -> None:
            if not (tmp_path / "tried").exists():
                (tmp_path / "tried").touch()
                raise ValueError("the first time")
            super().run()

    reader = Reader()
    flaky = Flaky(tmp_path, "flaky")
    with_retries: dict[str, dict[str, Any]] = {
        "scheduler": {"retry_delay": 0},
        "worker": {"keep_alive": True, "wait_interval": 0.1},
    }
    with luigi_settings(with_retries):
        assert build(needs(flaky), publish=reader).status == "SUCCESS_WITH_RETRY"
    assert reader.of("ran", flaky)[2] == 2
    assert reader.states["Flaky flaky"] == "ran"


class TestSecrets:
    class Reads(luigi.Task):
        database = luigi.Parameter()
        note = luigi.Parameter()
        password = luigi.Parameter()

        def run(self) -> None:
            raise ValueError(f"no login at {self.database} with {self.password}")

    def test_no_value_holds_a_password(self) -> None:
        reader = Reader()
        task = self.Reads("postgresql://me:geheimnis@db/x", "harmless", "offengelegt")
        build(task, publish=reader)
        told = json.dumps([reader.head, *(reader.entries(kind) for kind in ("family", "task", "error"))])
        assert "harmless" in told
        assert "geheimnis" not in told
        assert "offengelegt" not in told

    def test_what_turns_out_to_be_a_secret_later_is_taken_back(self) -> None:
        redactor = Redactor()
        live = Live(redactor)
        records = {"a": TaskRecord("a", "Talks", {"text": "says geheimnis aloud"})}
        reader = Reader()
        for key, value in live.values(records, {}):
            reader(key, value)
        edition = reader.head["edition"]
        assert "geheimnis" in json.dumps(reader.entries("task"))
        redactor.learn_secret("geheimnis")
        for key, value in live.values(records, {}):
            reader(key, value)
        assert "geheimnis" not in json.dumps(reader.entries("task"))
        assert reader.head["edition"] != edition


class TestSize:
    @staticmethod
    def records(count: int) -> Iterator[TaskRecord]:
        for number in range(count):
            deps = frozenset(f"Task_{other}" for other in (number * 3 + 1, number * 3 + 2) if other < count)
            params = {"date": f"20{number:06d}", "region": "emea" * (number % 7)}
            yield TaskRecord(f"Task_{number}", "Task", params, deps=deps)

    def test_10000_tasks_are_in_values_of_64_kb_and_a_change_costs_little(self) -> None:
        records = {record.task_id: record for record in self.records(10_000)}
        live = Live(Redactor())
        reader = Reader()
        for key, value in live.values(records, {}):
            reader(key, value)
        assert len(reader.entries("task")) == 10_000
        assert reader.head["pages"] < 20
        reader.written.clear()
        records["Task_77"].status = DONE
        for key, value in live.values(records, {}):
            reader(key, value)
        assert reader.written == [HEAD_KEY]
        assert reader.head["states"].count("C") == 1

    def test_texts_that_can_not_be_packed_are_in_values_of_64_kb_too(self) -> None:
        import random

        letters = random.Random(1)
        noise = lambda length: "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(length))  # noqa: E731
        records = {
            name: TaskRecord(name, "Noisy", {f"p{n}": noise(300) for n in range(80)}, status="FAILED")
            for name in map(str, range(12))
        }
        for record in records.values():
            record.explanation = json.dumps(noise(3 * LISTED_DETAIL))
        reader = Reader()
        for key, value in Live(Redactor()).values(records, {}):
            reader(key, value)
        assert len(reader.entries("error")) == 12
        assert "characters left out" in reader.entries("error")[0][2]

    def test_more_tasks_than_are_listed_are_counted(self) -> None:
        records = {str(n): TaskRecord(str(n), "Task") for n in range(LISTED_TASKS + 5)}
        reader = Reader()
        for key, value in Live(Redactor()).values(records, {}):
            reader(key, value)
        assert (len(reader.head["states"]), reader.head["omitted"]) == (LISTED_TASKS, 5)


def test_a_requirement_that_comes_up_while_a_task_runs_becomes_an_edge() -> None:
    live = Live(Redactor())
    reader = Reader()
    records = {"a": TaskRecord("a", "Asks", deps=frozenset({"b"}))}
    for deps in ((), ("b",), ("b", "c")):
        records.update({dep: TaskRecord(dep, "Asked", status=PENDING) for dep in deps})
        records["a"].deps |= set(deps)
        for key, value in live.values(records, {}):
            reader(key, value)
    edges = [task[4] for task in reader.entries("task") if task[1] == "a"]
    assert edges == [[], [1], [1, 2]]


def test_a_fork_waits_for_a_snapshot_that_is_being_published() -> None:
    """Else the child would inherit the lock of a conversation with Airflow that it is no part of."""
    entered, leave = threading.Event(), threading.Event()

    def publish() -> None:
        with publisher._publishing:
            entered.set()
            leave.wait(DEADLINE)

    thread = threading.Thread(target=publish)
    thread.start()
    assert entered.wait(DEADLINE)
    threading.Timer(0.1, leave.set).start()
    process = multiprocessing.get_context("fork").Process(target=_take_the_lock)
    process.start()
    assert leave.is_set()
    process.join(DEADLINE)
    assert process.exitcode == 0
    thread.join()


def _take_the_lock() -> None:
    with publisher._publishing:
        pass
