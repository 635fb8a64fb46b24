"""A build in another environment's interpreter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import luigi
import pandas as pd
import psutil
import pytest

from airflow_luigi.core import interpreter, wire
from airflow_luigi.core.build import build
from airflow_luigi.core.database_url import ConnectionParts
from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.drawing import draw
from airflow_luigi.core.interpreter import InterpreterError, build_in, draw_in
from airflow_luigi.core.recorder import Progress
from airflow_luigi.core.report import BuildReport
from airflow_luigi.core.task_spec import TaskSpecError
from tests import interpreter_tasks
from tests.interpreters import LUIGI, OTHER_PANDAS
from tests.published import Reader

REPO = Path(__file__).resolve().parents[2]
TASKS = interpreter_tasks.__name__


@pytest.fixture(autouse=True)
def _pipeline_is_on_pythonpath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))


class Log(logging.Handler):
    """Keeps what loggers are given to handle."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def of(self, name: str) -> list[str]:
        return [f"{r.levelname} {r.getMessage()}" for r in self.records if r.name == name]


@pytest.fixture
def log() -> Iterator[Log]:
    handler, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def surroundings(python: str, folder: Path, **arguments: Any) -> dict[str, Any]:
    report = build_in(python, f"{TASKS}:Surroundings", {"folder": str(folder)}, **arguments)
    assert report.status == "SUCCESS"
    found: dict[str, Any] = json.loads((folder / "made").read_text())
    return found


class TestEnvironment:
    def test_the_build_runs_there_with_that_environments_luigi_and_pandas(
        self, other_python: str, tmp_path: Path
    ) -> None:
        found = surroundings(other_python, tmp_path)
        assert found["python"] == other_python
        assert found["luigi"] == LUIGI
        assert found["pandas"].split(".")[0] == str(OTHER_PANDAS)
        assert not pd.__version__.startswith(f"{OTHER_PANDAS}.")

    def test_luigi_is_all_that_is_needed_there(self, luigi_python: str, tmp_path: Path) -> None:
        found = surroundings(luigi_python, tmp_path, resolver=lambda _: None)
        assert found["pandas"] is None
        assert not {"airflow", "sqlalchemy"} & set(found["modules"])

    def test_no_folder_of_this_environment_is_searched_for_modules(
        self, luigi_python: str, tmp_path: Path
    ) -> None:
        path = surroundings(luigi_python, tmp_path)["path"]
        assert path[0] == str(REPO)
        elsewhere = [entry for entry in path if "site-packages" in entry]
        assert elsewhere
        assert all(Path(entry).is_relative_to(Path(luigi_python).parents[1]) for entry in elsewhere)
        assert not [entry for entry in path if "plugins" in entry or "airflow_luigi" in entry]

    def test_a_pipeline_finds_nothing_on_standard_input(self, luigi_python: str, tmp_path: Path) -> None:
        found = surroundings(luigi_python, tmp_path)
        assert (found["stdin"], found["child"]) == ("", "")

    def test_luigi_config_reaches_it(self, luigi_python: str, tmp_path: Path) -> None:
        found = surroundings(luigi_python, tmp_path, luigi_config={"folders": {"inputs": "/in"}})
        assert found["inputs"] == "/in"

    def test_a_process_that_is_not_forked_finds_the_bridge_too(
        self, luigi_python: str, tmp_path: Path
    ) -> None:
        report = build_in(luigi_python, f"{TASKS}:Spawns", {"folder": str(tmp_path)})
        assert report.status == "SUCCESS"
        assert json.loads((tmp_path / "made").read_text()) == wire.__file__

    def test_a_name_is_looked_up_on_path(
        self, luigi_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{Path(luigi_python).parent}{os.pathsep}{os.environ['PATH']}")
        assert surroundings("python", tmp_path)["luigi"] == LUIGI


def refusal(python: str, task: str = "Recorded", **values: Any) -> str:
    with pytest.raises(TaskSpecError) as caught:
        build_in(python, f"{TASKS}:{task}", values)
    return str(caught.value)


class TestRefusals:
    """A TaskSpecError is not retried."""

    def test_an_interpreter_that_is_not_there(self, tmp_path: Path) -> None:
        assert refusal("/no/such/python") == "python: there is no file /no/such/python on this machine."
        assert refusal("no-such-python") == "python: there is no 'no-such-python' on PATH."
        assert refusal(str(tmp_path)).endswith(f"is a folder. Name its interpreter: {tmp_path}/bin/python.")

    def test_an_interpreter_that_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "python"
        file.write_bytes(b"\x00not a program")
        file.chmod(0o755)
        assert refusal(str(file)) == f"python: {file} can't be started: Exec format error."

    def test_an_interpreter_without_luigi(self, bare_python: str) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        assert refusal(bare_python) == (
            f"python: {bare_python} (Python {version}) has no luigi. Install luigi>=3.6 there."
        )

    def test_an_interpreter_whose_luigi_is_too_old(
        self, bare_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "luigi").mkdir()
        module = tmp_path / "luigi" / "__init__.py"
        metadata = tmp_path / "luigi-2.8.13.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: luigi\nVersion: 2.8.13\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        for source in ("__version__ = '2.8.13'", "import imp_which_is_gone"):
            module.write_text(source)
            assert "has luigi 2.8.13" in refusal(bare_python)
            assert refusal(bare_python).endswith("It must be 3.6 or later.")
        assert "can't be imported: ModuleNotFoundError: No module named 'imp_which" in refusal(bare_python)

    def test_a_python_that_is_too_old(self, tmp_path: Path) -> None:
        # What such a one does with the file that it is given: it can read it, and takes the first branch.
        old = tmp_path / "python"
        old.write_text(
            f"#!{sys.executable}\nimport runpy, sys\nsys.version_info = (3, 8, 20)\n"
            "sys.path.insert(0, ''); sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')\n"
        )
        old.chmod(0o755)
        assert refusal(str(old)) == f"python: {old} is Python 3.8.20; 3.10 or later is needed."

    def test_a_wrong_description_of_the_task(self, luigi_python: str) -> None:
        assert "has no parameter 'nme'. Did you mean 'name'?" in refusal(luigi_python, nme=1)
        assert "the module has no class 'Record'. Did you mean 'Recorded'?" in refusal(luigi_python, "Record")
        with pytest.raises(TaskSpecError, match="there is no module 'no_such_pipeline'"):
            build_in(luigi_python, "no_such_pipeline:Task", {})

    def test_a_value_that_can_not_be_sent(self, luigi_python: str) -> None:
        assert refusal(luigi_python, folder=pd.DataFrame()).startswith("luigi_params: 'folder': a pandas.")


class TestReport:
    def test_it_is_the_one_that_a_build_in_this_process_gives(self, tmp_path: Path) -> None:
        def comparable(report: BuildReport, folder: Path) -> list[Any]:
            assert all(task.started for task in report.tasks if task.state == "ran")
            tasks = [dataclasses.replace(task, id="", started=None, seconds=None) for task in report.tasks]
            return [report.status, type(report), repr(tasks).replace(str(folder), "*")] + [
                str(task.detail).replace(str(folder), "*") for task in tasks
            ]

        here, there = tmp_path / "1", tmp_path / "2"
        for folder in (here, there):
            folder.mkdir()
            (folder / "there").touch()
        child = build_in(sys.executable, f"{TASKS}:Everything", {"folder": str(there)})
        assert child.counts == {
            **dict.fromkeys(child.counts, 0),
            **{"ran": 1, "failed": 1, "already_complete": 1, "missing_external": 1, "upstream_failed": 1},
        }
        own = build(interpreter_tasks.Everything(folder=str(here)))
        assert comparable(child, there) == comparable(own, here)

    def test_progress_arrives(self, luigi_python: str, tmp_path: Path) -> None:
        seen: list[Progress] = []
        values = {"folder": str(tmp_path)}
        build_in(luigi_python, f"{TASKS}:Talk", values, workers=4, on_progress=seen.append)
        assert seen[-1] == Progress(total=5, done=5, running=0, failed=0)

    def test_what_is_published_arrives(self, luigi_python: str, tmp_path: Path) -> None:
        (tmp_path / "there").touch()
        reader = Reader()
        build_in(luigi_python, f"{TASKS}:Everything", {"folder": str(tmp_path)}, publish=reader)
        assert reader.head["status"] == "FAILED"
        assert sorted(reader.states.values()) == [
            "already_complete",
            "failed",
            "missing_external",
            "ran",
            "upstream_failed",
        ]

    def test_the_last_word_of_a_child_that_is_ended_arrives(self, luigi_python: str, tmp_path: Path) -> None:
        reader = Reader()
        with pytest.raises(InterpreterError):
            build_in(luigi_python, f"{TASKS}:Ends", {"folder": str(tmp_path), "how": "term"}, publish=reader)
        assert reader.head["status"] == "BROKEN_OFF"

    def test_passwords_that_the_build_comes_upon_are_told_and_hidden(
        self, luigi_python: str, tmp_path: Path, log: Log
    ) -> None:
        secrets: list[str] = []
        values = {"folder": str(tmp_path), "name": "postgresql://u:hunter22x@h/d"}
        report = build_in(luigi_python, f"{TASKS}:Talks", values, on_secret=secrets.append)
        assert secrets == ["hunter22x"]
        assert "hunter22x" not in str(report.to_json())
        assert not [line for line in log.of("luigi-interface") if "hunter22x" in line]

    def test_values_keep_their_types_and_the_date_is_made_there(self, luigi_python: str) -> None:
        values = {
            "hour": dt.datetime(2026, 11, 1, 13),
            "day": dt.date(2026, 11, 2),
            "interval": luigi.date_interval.Week(2026, 45),
            "names": ["a", 1],
            "extra": {"a": [1, None]},
            "wait": dt.timedelta(days=1, seconds=1),
            "size": "12",
        }
        date = ("month", RunDate(dt.datetime(2026, 11, 17, 5)))
        report = build_in(luigi_python, f"{TASKS}:Types", values, run_date=date)
        assert report.tasks[0].params == {
            "day": "2026-11-02",
            "month": "2026-11",
            "hour": "2026-11-01T13",
            "interval": "2026-W45",
            "size": "12",
            "names": '["a", 1]',
            "extra": '{"a": [1, null]}',
            "wait": "0 w 1 d 0 h 0 m 1 s",
        }


class TestLog:
    @pytest.mark.parametrize("workers", [1, 4])
    def test_each_record_arrives_once_and_whole_at_its_own_level(
        self, luigi_python: str, tmp_path: Path, log: Log, workers: int
    ) -> None:
        build_in(luigi_python, f"{TASKS}:Talk", {"folder": str(tmp_path)}, workers=workers)
        names = [f"talker{number}" for number in range(4)]
        said = [line for line in log.of("luigi-interface") if "says" in line]
        assert sorted(said) == sorted(f"WARNING {name} says {n}" for name in names for n in range(20))
        ours = log.of("pipeline.of.ours")
        long = [line for line in ours if line.endswith("x")]
        assert sorted(long) == [f"ERROR {name} {'x' * interpreter_tasks.BIG}" for name in names]
        assert sum("had an error\nTraceback" in line and "ValueError: caught" in line for line in ours) == 4
        assert not [line for line in log.of("luigi-interface") if "whispers" in line]

    def test_debug_records_arrive_if_the_logger_here_wants_them(
        self, luigi_python: str, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logging.getLogger("luigi-interface"), "level", logging.DEBUG)
        build_in(luigi_python, f"{TASKS}:Talks", {"folder": str(tmp_path)})
        assert "DEBUG made whispers" in log.of("luigi-interface")

    def test_a_warning_is_shown_as_this_process_shows_its_own(
        self, luigi_python: str, tmp_path: Path
    ) -> None:
        with pytest.warns(UserWarning, match="^made warns$"):
            build_in(luigi_python, f"{TASKS}:Talks", {"folder": str(tmp_path)})

    def test_what_a_pipeline_prints_goes_where_this_process_prints(
        self, luigi_python: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        build_in(luigi_python, f"{TASKS}:Talks", {"folder": str(tmp_path)})
        assert "made prints\n" in capfd.readouterr().out


class TestConnections:
    @pytest.mark.parametrize("workers", [1, 4])
    def test_a_named_database_reaches_the_tasks_and_no_place_that_others_can_read(
        self, other_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
    ) -> None:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(temporary))
        monkeypatch.setenv("HOME", str(tmp_path))
        asked: list[tuple[int, str]] = []

        def resolver(name: str) -> ConnectionParts:
            asked.append((os.getpid(), name))
            return ConnectionParts("postgres", "db.example", "me", f"s3cret/{name}/{os.urandom(8).hex()}")

        values = {"folder": str(tmp_path / "out"), "places": [str(tmp_path), "/dev/shm"]}
        report = build_in(other_python, f"{TASKS}:Connect", values, workers=workers, resolver=resolver)
        assert report.status == "SUCCESS"
        assert sorted(asked) == [(os.getpid(), f"db{number}") for number in range(4)]
        for number in range(4):
            # The driver is that environment's.
            assert json.loads((tmp_path / "out" / f"c{number}").read_text()) == {
                "url": "postgresql+psycopg://me:***@db.example",
                "seen": True,
                "processes": [],
                "files": [],
            }

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (None, 'There is no database "db". Looked at: Airflow\'s connections, the environment variable'),
            (PermissionError("no"), 'could not be asked for the database "db": PermissionError: no'),
        ],
    )
    def test_an_unknown_database_and_a_failing_lookup_are_told_as_in_this_process(
        self, other_python: str, tmp_path: Path, answer: Exception | None, says: str
    ) -> None:
        def resolver(_: str) -> None:
            if answer is not None:
                raise answer

        values = {"folder": str(tmp_path), "database": "db", "places": []}
        report = build_in(other_python, f"{TASKS}:Connects", values, resolver=resolver)
        assert says in str(report.tasks[0].error)


class TestDeath:
    @pytest.mark.parametrize(
        ("how", "says"),
        [
            ("kill", "was ended by SIGKILL before it had a report"),
            ("guard", "was ended by SIGKILL before it had a report"),
            ("exit", "ended with exit code 7 before it had a report"),
            ("term", "told to end, by SIGTERM"),
        ],
    )
    def test_a_child_that_ends_early_is_an_error_which_is_retried(
        self, luigi_python: str, tmp_path: Path, how: str, says: str
    ) -> None:
        with pytest.raises(InterpreterError, match=says):
            build_in(luigi_python, f"{TASKS}:Ends", {"folder": str(tmp_path), "how": how})

    def test_a_thread_that_does_not_end_holds_up_nobody(
        self, luigi_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(interpreter, "EXIT_DEADLINE", 0.1)
        report = build_in(luigi_python, f"{TASKS}:Lingers", {"folder": str(tmp_path)})
        assert report.status == "SUCCESS"

    def test_no_descriptor_and_no_process_is_left(self, luigi_python: str, tmp_path: Path) -> None:
        def open_files() -> int:
            return len(list(Path("/dev/fd").iterdir()))

        before, processes = open_files(), psutil.Process().children()
        handler = signal.getsignal(signal.SIGTERM)
        build_in(luigi_python, f"{TASKS}:Recorded", {"folder": str(tmp_path)})
        with pytest.raises(InterpreterError):
            build_in(luigi_python, f"{TASKS}:Ends", {"folder": str(tmp_path / "x"), "how": "exit"})
        assert open_files() == before
        assert psutil.Process().children() == processes
        assert signal.getsignal(signal.SIGTERM) == handler


class TestGraph:
    """The graph of a pipeline that only the other interpreter has."""

    HOW: ClassVar[dict[str, Any]] = {"run_date_param": "date", "date": dt.datetime(2026, 1, 1)}

    @pytest.mark.parametrize("granularity", ["family", "task"])
    def test_it_is_drawn_there_as_here(self, luigi_python: str, granularity: str) -> None:
        how = {**self.HOW, "granularity": granularity}
        nodes, files = draw_in(luigi_python, "tests.graph_tasks:Week", {}, **how)
        assert nodes == draw("tests.graph_tasks:Week", {}, **how)
        assert str(REPO / "tests" / "graph_tasks.py") in files

    def test_what_is_wrong_is_told_as_here(self, luigi_python: str, bare_python: str) -> None:
        with pytest.raises(TaskSpecError, match=r"'no\.such:Task': there is no module 'no' on sys\.path"):
            draw_in(luigi_python, "no.such:Task", {})
        with pytest.raises(TaskSpecError, match="has no luigi"):
            draw_in(bare_python, f"{TASKS}:Recorded", {})

    def test_its_parts_are_built_there(self, luigi_python: str, tmp_path: Path) -> None:
        values = {"folder": str(tmp_path)}
        nodes, _ = draw_in(luigi_python, "tests.graph_tasks:Served", values, **self.HOW)

        def built() -> list[str]:
            noted: tuple[str, ...] = ()
            ran = []
            for node in nodes:
                run_date = ("date", RunDate(dt.datetime(2026, 5, 1)))
                report = build_in(
                    luigi_python,
                    "tests.graph_tasks:Served",
                    values,
                    part=node.part,
                    noted=noted,
                    run_date=run_date,
                )
                noted = report.outdated
                ran += [task.family for task in report.tasks if task.state.value == "ran"]
            return ran

        assert built() == ["Raw", "Cooked", "Served"]
        (raw,) = tmp_path.glob("Raw_*")
        raw.unlink()
        assert built() == ["Raw", "Cooked", "Served"]
        assert built() == []
