"""What Luigi offers beyond plain tasks runs unchanged, with the right states in the report."""

from __future__ import annotations

import datetime as dt
import enum
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import luigi
import pytest
from luigi.contrib.external_program import ExternalProgramTask
from luigi.mock import MockFileSystem, MockTarget
from luigi.task_register import Register

from airflow_luigi.core.build import BuildReport, build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.task_spec import TaskSpecError, bind, load_task_class

MODULE = __name__
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


@pytest.fixture(autouse=True)
def _no_mock_files() -> Iterator[None]:
    MockFileSystem().clear()
    Written.order.clear()
    yield
    MockFileSystem().clear()


def states(report: BuildReport) -> dict[str, str]:
    return {task.name: task.state.value for task in report.tasks}


class Written(luigi.Task):
    """Writes its output in memory, and notes when it was its turn."""

    name: Any = luigi.Parameter(default="one")
    order: ClassVar[list[str]] = []

    def output(self) -> MockTarget:
        return MockTarget(f"{self.task_family}/{self.name}")

    def run(self) -> Any:
        self.order.append(self.name)
        with self.output().open("w") as file:
            file.write(self.name)


class Nested(Written):
    def requires(self) -> Any:
        return {"one": Written(name="a"), "more": [Written(name="b"), {"deep": (Written(name="c"),)}]}

    def run(self) -> None:
        assert self.input()["more"][1]["deep"][0].exists()
        super().run()


def test_requirements_may_be_nested() -> None:
    report = build(Nested(name="top"))
    assert report.status == "SUCCESS"
    assert (sorted(Written.order[:3]), Written.order[3]) == (["a", "b", "c"], "top")


class Program(ExternalProgramTask):
    word: Any = luigi.Parameter(default="word")
    fails = luigi.BoolParameter(default=False)

    def program_args(self) -> list[str]:
        return [sys.executable, "-c", f"raise SystemExit({3 if self.fails else 0})"]


def test_an_external_program_runs_and_its_exit_code_counts() -> None:
    assert build(Program()).status == "SUCCESS"
    failed = build(bind(Program, {"fails": True}))
    assert failed.status == "FAILED"
    assert "Program failed with return code=3" in str(failed.tasks[0].error)


def test_the_environment_of_a_program_that_failed_is_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SEVERAL_LINES", "one\ntwo")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "only-airflow-knows")
    report = build(bind(Program, {"fails": True}))
    assert "ENVIRONMENT: ***" in str(report.tasks[0].detail)
    assert "only-airflow-knows" not in str(report.tasks[0].detail) + caplog.text


class Ranked(Written):
    rank = luigi.IntParameter()

    @property
    def priority(self) -> int:  # type: ignore[override]
        return self.rank


def test_priority_decides_which_of_several_comes_first() -> None:
    build([bind(Ranked, {"name": str(rank), "rank": rank}) for rank in (1, 3, 2)])
    assert Written.order == ["3", "2", "1"]


class FailsAtFirst(Written):
    tries: ClassVar[list[int]] = []
    retry_count = 3

    def run(self) -> None:
        self.tries.append(1)
        if len(self.tries) < 3:
            raise ValueError("not yet")
        super().run()


def test_with_keep_alive_luigi_retries_and_the_task_ran() -> None:
    FailsAtFirst.tries.clear()
    settings = {
        "worker": {"keep_alive": True, "wait_interval": 0.1, "wait_jitter": 0},
        "scheduler": {"retry_delay": 0.1},
    }
    with luigi_settings(settings):
        report = build(FailsAtFirst())
    assert (report.status, len(FailsAtFirst.tries)) == ("SUCCESS_WITH_RETRY", 3)
    assert states(report) == {"FailsAtFirst(name=one)": "ran"}
    assert report.tasks[0].error is None


class Periodic(luigi.Task):
    def output(self) -> MockTarget:
        return MockTarget(self.task_id)

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write("made")


class Daily(Periodic):
    date = luigi.DateParameter()


class Hourly(Periodic):
    hour = luigi.DateHourParameter()


@pytest.mark.parametrize("of", [f"{MODULE}:Daily", "Daily"])
def test_a_range_of_dates_takes_its_task_as_a_string(of: str) -> None:
    values = {"of": of, "start": "2026-11-01", "stop": "2026-11-04", "days_back": "100000"}
    report = build(bind(load_task_class("luigi.tools.range:RangeDaily"), values))
    dates = sorted(task.params["date"] for task in report.tasks if task.family == "Daily")
    assert dates == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert report.counts["ran"] == 4


def test_a_range_of_hours_works_too() -> None:
    stop = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=1)
    start = stop - dt.timedelta(hours=3)
    values = {
        "of": f"{MODULE}:Hourly",
        "start": f"{start:%Y-%m-%dT%H}",
        "stop": f"{stop:%Y-%m-%dT%H}",
        "hours_back": "100",
    }
    report = build(bind(load_task_class("luigi.tools.range:RangeHourly"), values))
    assert report.status == "SUCCESS"
    assert len([task for task in report.tasks if task.family == "Hourly"]) == 3


def test_a_task_parameter_that_names_no_task_is_refused() -> None:
    values = {"of": "nowhere:Daily", "start": "2026-11-01"}
    with pytest.raises(TaskSpecError, match="no module 'nowhere'"):
        bind(load_task_class("luigi.tools.range:RangeDaily"), values)


class Spaced(Written):
    task_namespace = "some.space"


def test_a_task_in_a_namespace_has_it_in_its_name() -> None:
    report = build(bind(load_task_class(f"{MODULE}:Spaced"), {"name": "x"}))
    assert states(report) == {"some.space.Spaced(name=x)": "ran"}


class Colour(enum.Enum):
    RED = 1


class Kinds(luigi.Task):
    colour = luigi.EnumParameter(enum=Colour)
    colours = luigi.EnumListParameter(enum=Colour)
    names = luigi.ListParameter()
    sizes = luigi.DictParameter()
    pair = luigi.TupleParameter()
    wait = luigi.TimeDeltaParameter()
    shape = luigi.ChoiceParameter(choices=[1, 2], var_type=int)
    path = luigi.PathParameter()
    maybe = luigi.OptionalIntParameter(default=None)
    flag = luigi.BoolParameter()
    ratio = luigi.FloatParameter()
    percent = luigi.NumericalParameter(var_type=int, min_value=0, max_value=100)

    def complete(self) -> bool:
        return False


AS_TEXT = {
    "colour": "RED",
    "colours": "RED,RED",
    "names": '["a", "b"]',
    "sizes": '{"a": {"b": 1}}',
    "pair": "(1, 2)",
    "wait": "2h 30m",
    "shape": "2",
    "path": "/data",
    "maybe": "7",
    "flag": "true",
    "ratio": "0.5",
    "percent": "99",
}
AS_VALUES = {
    "colour": Colour.RED,
    "colours": (Colour.RED, Colour.RED),
    "names": ["a", "b"],
    "sizes": {"a": {"b": 1}},
    "pair": (1, 2),
    "wait": dt.timedelta(hours=2, minutes=30),
    "shape": 2,
    "path": Path("/data"),
    "maybe": 7,
    "flag": True,
    "ratio": 0.5,
    "percent": 99,
}


def test_every_kind_of_parameter_is_bound_from_text_and_from_values() -> None:
    from_text: Any = bind(Kinds, AS_TEXT)
    assert from_text == bind(Kinds, AS_VALUES)
    assert (from_text.wait, from_text.maybe, from_text.flag) == (dt.timedelta(minutes=150), 7, True)
    assert build(from_text).status == "SUCCESS"


@pytest.mark.parametrize(("form", "parser"), [("cfg", "cfg"), ("toml", "toml")])
def test_sections_of_a_configuration_file_reach_tasks_and_resources(
    tmp_path: Path, form: str, parser: str
) -> None:
    config = tmp_path / f"luigi.{form}"
    config.write_text(
        '[Written]\nname = "x"\n[resources]\nlicence = 1\n'
        if form == "toml"
        else "[Written]\nname = x\n[resources]\nlicence = 1\n"
    )
    program = f"""
import json, sys
sys.path[:0] = [{str(PLUGINS)!r}, {str(PLUGINS.parent)!r}]
from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from tests.core.test_stock_luigi import Licensed, Written
reports = [build(Written()), build(Licensed(name="y"))]
with luigi_settings({{"resources": {{"licence": 2}}}}):
    reports.append(build(Licensed(name="y")))
print(json.dumps([report.to_json() for report in reports]))
"""
    environment = {**os.environ, "LUIGI_CONFIG_PATH": str(config), "LUIGI_CONFIG_PARSER": parser}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, check=True, capture_output=True
    )
    made, short, enough = json.loads(result.stdout.splitlines()[-1])
    assert made["tasks"][0]["params"] == {"name": "x"}
    assert short["status"] == "NOT_RUN"
    assert enough["status"] == "SUCCESS"


class Licensed(Written):
    resources = {"licence": 2}  # noqa: RUF012 - as luigi has it


def test_a_library_that_patches_luigis_worker_and_its_runs_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    add, run = luigi.worker.Worker.add, luigi.worker.TaskProcess.run

    def patched_add(self: Any, task: luigi.Task, *args: Any, **kwargs: Any) -> Any:
        seen.append(f"add {task.task_family}")
        return add(self, task, *args, **kwargs)

    def patched_run(self: Any) -> None:
        seen.append(f"run {self.task.task_family}")
        run(self)

    monkeypatch.setattr(luigi.worker.Worker, "add", patched_add)
    monkeypatch.setattr(luigi.worker.TaskProcess, "run", patched_run)
    assert build(Written()).counts["ran"] == 1
    assert seen == ["add Written", "run Written"]


def test_a_library_that_makes_its_own_task_processes_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    create = luigi.worker.Worker._create_task_process

    class Theirs(luigi.worker.ContextManagedTaskProcess):
        def run(self) -> None:
            seen.append(self.task.task_family)
            super().run()

    def create_theirs(self: Any, task: luigi.Task) -> Any:
        process = create(self, task)
        process.__class__ = Theirs
        return process

    monkeypatch.setattr(luigi.worker.Worker, "_create_task_process", create_theirs)
    assert build(Written()).counts["ran"] == 1
    assert seen == ["Written"]


def test_a_library_that_resets_luigis_register_does_not_break_a_build() -> None:
    task = bind(load_task_class(f"{MODULE}:Nested"), {"name": "top"})
    before = Register._reg
    try:
        Register._reg = []
        Register.clear_instance_cache()
        assert build(task).status == "SUCCESS"
    finally:
        Register._reg = before
