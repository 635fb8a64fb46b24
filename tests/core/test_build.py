"""The build, through luigi's own engine."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import luigi
import pytest
from luigi.mock import MockFileSystem, MockTarget

from airflow_luigi.core.build import BuildReport, TaskState, build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.recorder import Progress
from airflow_luigi.core.report import LISTED_TASKS


@pytest.fixture(autouse=True)
def _no_mock_files() -> Iterator[None]:
    MockFileSystem().clear()
    yield
    MockFileSystem().clear()


def states(report: BuildReport) -> dict[str, str]:
    return {task.name: task.state.value for task in report.tasks}


class Made(luigi.Task):
    """A task that writes its output file."""

    folder = luigi.Parameter()
    number = luigi.IntParameter(default=0)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.task_id}")

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write("made")


class Boom(Made):
    def run(self) -> None:
        raise ValueError("no such colour")


class Given(luigi.ExternalTask):
    path = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.path)


class All(luigi.WrapperTask):
    folder = luigi.Parameter()
    kinds = luigi.ListParameter()

    def requires(self) -> list[luigi.Task]:
        kinds = {"made": Made, "boom": Boom}
        return [
            Given(path=f"{self.folder}/given") if kind == "given" else kinds[kind](folder=self.folder)
            for kind in self.kinds
        ]


def test_what_ran_and_what_was_complete_are_told_apart(tmp_path: Path) -> None:
    first = build(Made(folder=str(tmp_path)))
    again = build([Made(folder=str(tmp_path)), Made(folder=str(tmp_path), number=1)])
    assert (first.status, states(first)) == ("SUCCESS", {f"Made(folder={tmp_path}, number=0)": "ran"})
    assert states(again) == {
        f"Made(folder={tmp_path}, number=0)": "already_complete",
        f"Made(folder={tmp_path}, number=1)": "ran",
    }
    assert not first.ran_nothing
    assert build(Made(folder=str(tmp_path))).ran_nothing


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failed_task_is_named_with_its_error_and_what_it_blocks(tmp_path: Path, workers: int) -> None:
    report = build(All(folder=str(tmp_path), kinds=["made", "boom"]), workers=workers)
    by_family = {task.family: task for task in report.tasks}
    assert report.status == "FAILED"
    assert by_family["Made"].state is TaskState.RAN
    assert by_family["Boom"].state is TaskState.FAILED
    assert by_family["Boom"].error == "ValueError: no such colour"
    assert 'raise ValueError("no such colour")' in str(by_family["Boom"].detail)
    assert by_family["Boom"].seconds is not None
    assert by_family["All"].state is TaskState.UPSTREAM_FAILED
    assert by_family["All"].error == "waits for Boom"


def test_a_missing_external_task_is_named_with_its_target(tmp_path: Path) -> None:
    report = build(All(folder=str(tmp_path), kinds=["given"]))
    assert report.status == "MISSING_EXT"
    (given,) = report.in_state(TaskState.MISSING_EXTERNAL)
    assert given.error == f"missing: {tmp_path}/given"
    (tmp_path / "given").touch()
    assert build(All(folder=str(tmp_path), kinds=["given"])).ran_nothing


def test_an_external_task_that_is_retried_is_missing_and_not_failed(tmp_path: Path) -> None:
    with luigi_settings({"worker": {"retry_external_tasks": True}}):
        report = build(Given(path=str(tmp_path / "given")))
    assert states(report) == {f"Given(path={tmp_path}/given)": "missing_external"}


class CannotSay(luigi.Task):
    where = luigi.ChoiceParameter(choices=["complete", "requires"])

    def complete(self) -> bool:
        if self.where == "complete":
            raise OSError("the disk is gone")
        return False

    def requires(self) -> luigi.Task:
        raise OSError("the disk is gone")


@pytest.mark.parametrize("where", ["complete", "requires"])
def test_an_error_in_complete_or_requires_is_a_failure_with_its_traceback(where: str) -> None:
    report = build(CannotSay(where=where))
    assert report.status == "SCHEDULING_FAILED"
    (task,) = report.tasks
    assert (task.state, task.error) == (TaskState.FAILED, "OSError: the disk is gone")
    assert "Traceback" in str(task.detail)


class WritesNothing(luigi.Task):
    def output(self) -> list[MockTarget]:
        return [MockTarget("WritesNothing/one"), MockTarget("WritesNothing/two")]

    def run(self) -> None:
        with self.output()[0].open("w") as file:
            file.write("made")


class NeverComplete(luigi.Task):
    def complete(self) -> bool:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_leaves_an_output_missing_is_a_failure(workers: int) -> None:
    report = build(WritesNothing(), workers=workers)
    (task,) = report.tasks
    assert report.status == "FAILED"
    assert str(task.error).endswith("run() returned, but did not make WritesNothing/two")


def test_a_task_that_is_never_complete_and_has_no_output_runs_each_time() -> None:
    for _ in range(2):
        assert states(build(NeverComplete())) == {"NeverComplete()": "ran"}


class Disabled(luigi.Task):
    disabled = True


class NeedsDisabled(luigi.Task):
    def requires(self) -> luigi.Task:
        return Disabled()


def test_a_disabled_task_is_not_a_success() -> None:
    assert build(Disabled()).status == "NOT_RUN"
    report = build(NeedsDisabled())
    assert report.status == "NOT_RUN"
    assert states(report) == {"Disabled()": "disabled", "NeedsDisabled()": "upstream_failed"}


class Scarce(NeverComplete):
    resources = {"licence": 2}  # noqa: RUF012 - as luigi has it


def test_a_task_whose_resource_is_short_did_not_run() -> None:
    with luigi_settings({"resources": {"licence": 1}}):
        report = build(Scarce())
    assert (report.status, states(report)) == ("NOT_RUN", {"Scarce()": "not_run"})
    with luigi_settings({"resources": {"licence": 2}}):
        assert build(Scarce()).status == "SUCCESS"


class Dynamic(Made):
    def run(self) -> Any:
        yield [Made(folder=self.folder, number=n) for n in (1, 2)]
        super().run()


@pytest.mark.parametrize("workers", [1, 2])
def test_dynamic_requirements_are_in_the_report(tmp_path: Path, workers: int) -> None:
    report = build(Dynamic(folder=str(tmp_path)), workers=workers)
    assert report.counts["ran"] == len(report.tasks) == 3


class Batched(luigi.Task):
    folder = luigi.Parameter()
    name: Any = luigi.Parameter(batch_method=",".join)

    def output(self) -> list[luigi.LocalTarget]:
        return [luigi.LocalTarget(f"{self.folder}/{name}") for name in self.name.split(",")]

    def run(self) -> None:
        for target in self.output():
            with target.open("w") as file:
                file.write(self.name)


def test_tasks_that_luigi_runs_as_a_batch_are_each_in_the_report(tmp_path: Path) -> None:
    report = build([Batched(folder=str(tmp_path), name=name) for name in "abc"])  # type: ignore[call-arg]
    assert sorted(task.params["name"] for task in report.tasks) == ["a", "b", "c"]
    assert report.counts["ran"] == 3
    assert (tmp_path / "b").read_text() == "a,b,c"


class Exits(luigi.Task):
    def run(self) -> None:
        raise SystemExit(3)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_exits_is_a_failed_task(workers: int) -> None:
    report = build(Exits(), workers=workers)
    assert states(report) == {"Exits()": "failed"}
    assert "SystemExit: 3" in str(report.tasks[0].detail)


class KillsItself(luigi.Task):
    def run(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_whose_process_dies_is_a_failed_task_that_says_so() -> None:
    report = build(KillsItself(), workers=2)
    assert "died unexpectedly with exit code -9" in str(report.tasks[0].error)


class Silent(luigi.Task):
    def run(self) -> None:
        raise ValueError("told by nobody")

    def on_failure(self, exception: BaseException) -> None:
        return None


def test_a_failure_keeps_its_reason_when_on_failure_gives_none() -> None:
    assert build(Silent()).tasks[0].error == "ValueError: told by nobody"


class Interrupt(BaseException):
    pass


class Interrupted(luigi.Task):
    def run(self) -> None:
        raise Interrupt


class AfterInterrupted(Made):
    priority = -1


def test_what_is_no_exception_of_a_task_ends_the_build(tmp_path: Path) -> None:
    after = AfterInterrupted(folder=str(tmp_path))
    with pytest.raises(Interrupt):
        build([Interrupted(), after])
    assert not after.complete()


class Times_out(luigi.Task):  # noqa: N801 - luigi reads the name
    worker_timeout = 1

    def run(self) -> None:
        threading.Event().wait(30)


def test_luigis_own_timeout_ends_a_task_even_where_sigterm_is_handled() -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        report = build(Times_out())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "timed out after 1 seconds" in str(report.tasks[0].error)


def test_a_build_in_a_thread_works() -> None:
    reports: list[BuildReport] = []
    thread = threading.Thread(target=lambda: reports.append(build(NeverComplete())))
    thread.start()
    thread.join()
    assert reports[0].status == "SUCCESS"


class Asks(luigi.Task):
    name = luigi.Parameter()
    needs = luigi.ListParameter(default=())
    calls: ClassVar[list[str]] = []

    def output(self) -> MockTarget:
        return MockTarget(f"Asks/{self.name}")

    def complete(self) -> bool:
        self.calls.append(f"complete {self.name}")
        return bool(self.output().exists())

    def requires(self) -> list[luigi.Task]:
        self.calls.append(f"requires {self.name}")
        return [Asks(name=name, needs=["leaf"] if name != "leaf" else []) for name in self.needs]  # type: ignore[var-annotated]

    def run(self) -> None:
        self.calls.append(f"run {self.name}")
        with self.output().open("w") as file:
            file.write("made")


def test_the_bridge_asks_what_a_bare_build_asks_in_the_same_order() -> None:
    root = Asks(name="root", needs=["left", "right"])
    recorded = []
    for builder in (lambda: luigi.build([root], local_scheduler=True), lambda: build(root)):
        MockFileSystem().clear()
        for _ in range(2):
            Asks.calls.clear()
            builder()
            recorded.append(list(Asks.calls))
    bare, bare_again, bridge, bridge_again = recorded
    assert bridge == bare
    assert bridge_again == bare_again == ["complete root"]
    assert len(bare) > 10


class Secret(luigi.Task):
    url = luigi.Parameter()
    token = luigi.Parameter(default="tok-12345", visibility=luigi.parameter.ParameterVisibility.PRIVATE)
    note = luigi.Parameter(default="note-12345", visibility=luigi.parameter.ParameterVisibility.HIDDEN)

    def run(self) -> None:
        logging.getLogger("luigi-interface").info("connecting to %s", self.url)
        raise ValueError(f"{self.url} refused")


def test_no_password_is_in_the_report_or_in_luigis_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        report = build(Secret(url="mysql://a:hunter22@h/x"))
    text = json.dumps(report.to_json()) + str(report.tasks[0].detail) + caplog.text
    assert "hunter" not in text
    assert "12345" not in json.dumps(report.to_json())
    assert report.tasks[0].params == {"url": "mysql://a:***@h/x"}


def test_each_record_is_logged_once_and_no_handler_is_added(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("luigi-interface")
    before = list(logger.handlers)
    with caplog.at_level(logging.INFO):
        build(NeverComplete())
    lines = [record.getMessage() for record in caplog.records if record.name == "luigi-interface"]
    assert sum("running   NeverComplete()" in line for line in lines) == 1
    assert logger.handlers == before


def test_progress_is_told_at_the_end_and_not_for_each_task(tmp_path: Path) -> None:
    told: list[str] = []
    tasks = [Made(folder=str(tmp_path), number=n) for n in range(10)]
    build(tasks, on_progress=lambda progress: told.append(str(progress)))
    assert told == ["10 of 10 tasks, 0 running, 0 failed"]
    seen: list[Progress] = []
    build([*tasks, Boom(folder=str(tmp_path))], on_progress=seen.append, progress_seconds=0)
    assert any(progress.running == 1 for progress in seen)
    assert (seen[-1].done, seen[-1].failed, seen[-1].total) == (10, 1, 11)


def test_a_long_report_is_cut_failures_first_and_says_by_how_many(tmp_path: Path) -> None:
    class Leaf(luigi.Task):
        number = luigi.IntParameter()

        def complete(self) -> bool:
            return self.number != LISTED_TASKS + 7

        def run(self) -> None:
            raise ValueError("the last one")

    report = build([Leaf(number=n) for n in range(LISTED_TASKS + 8)])
    listed = report.to_json()
    assert (len(listed["tasks"]), listed["omitted"]) == (LISTED_TASKS, 8)
    assert listed["tasks"][0]["state"] == "failed"
    assert listed["counts"]["already_complete"] == LISTED_TASKS + 7
    assert json.loads(json.dumps(listed)) == listed


class Page(luigi.Task):
    number = luigi.IntParameter()
    text = luigi.Parameter(default="x" * 5_000)

    def complete(self) -> bool:
        return self.number % 1_000 != 7

    def run(self) -> None:
        raise ValueError("y" * 5_000)


def test_a_build_of_2000_tasks_has_a_bounded_report_and_no_log_line_for_a_check(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Airflow's own level.
    with caplog.at_level(logging.INFO):
        report = build([Page(number=number) for number in range(2_000)])
    listed = report.to_json()
    assert [task["state"] for task in listed["tasks"][:3]] == ["failed", "failed", "already_complete"]
    assert len(json.dumps(listed)) < 300_000
    assert len(listed["tasks"][0]["params"]["text"]) == 200
    assert listed["tasks"][0]["error"].endswith("yyy...")
    assert not [record for record in caplog.records if "Checking if" in record.getMessage()]


class BrokenOff(Made):
    def requires(self) -> luigi.Task:
        return Made(folder=self.folder, number=1)

    def run(self) -> None:
        raise KeyboardInterrupt


def test_what_ran_until_the_build_was_broken_off_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, ...]] = []
    task = BrokenOff(folder=str(tmp_path))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            build(task, on_broken_off=lambda tasks: told.append(tuple(ran.name for ran in tasks)))
    assert told == [(f"Made(folder={tmp_path}, number=1)",), ()]
