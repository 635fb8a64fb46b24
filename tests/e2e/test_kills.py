"""Whatever ends a build ends all of it, and the next try does what is missing.

All builds are ended at once, in an Airflow of their own, and the tests look at what became of each.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import psutil
import pytest

from local_airflow.airflow import LocalAirflow
from local_airflow.errors import DeadlineExceededError
from tests import kill_tasks
from tests.e2e.cases import Run, running, start, state_folder
from tests.e2e.kill_dags.kills import ENDS, TIMEOUT
from tests.kill_tasks import KINDS, LOADS, MIXED, ROWS, STUCK

HERE = Path(__file__).resolve().parent
SOON = 10.0


@dataclass
class Build:
    """One build, and what was seen of it."""

    end: str
    kind: str
    workers: int
    folder: Path
    run: Run = field(init=False)
    ended: float | None = None
    gone: float | None = None

    @property
    def task_id(self) -> str:
        return f"{self.kind}_{self.workers}"

    @property
    def stuck(self) -> int:
        """How many of its tasks get stuck, if it has workers enough."""
        return len(KINDS) if self.kind == MIXED else STUCK

    def task(self) -> dict[str, Any]:
        return self.run.task(self.task_id)

    def log(self, try_number: int) -> str:
        return self.run.log(self.task_id, try_number)

    def process(self) -> psutil.Process:
        """Give the process that Airflow has started for the task."""
        noted = next((self.folder / "pids").glob("[0-9]"))
        stuck = psutil.Process(int(noted.read_text().split()[0]))
        parent = stuck.parent()
        assert parent is not None
        return stuck if self.workers == 1 else parent


Cell = tuple[str, str, int]
CELLS = [(end, *build) for end, builds in ENDS.items() for build in builds]


def cells(*ends: str) -> pytest.MarkDecorator:
    chosen = [cell for cell in CELLS if cell[0] in ends or not ends]
    return pytest.mark.parametrize("cell", chosen, ids=["-".join(map(str, cell)) for cell in chosen])


@pytest.fixture(scope="module")
def kills_airflow() -> Iterator[LocalAirflow]:
    with state_folder() as state:
        env = {
            "KILLS_FOLDER": str(state.with_name("builds")),
            # By default a task whose worker is gone is missed after five minutes.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
        }
        local = LocalAirflow(state, dags=[HERE / "kill_dags"], parallelism=len(CELLS), env=env)
        with running(local):
            yield local


@pytest.fixture(scope="module")
def builds(kills_airflow: LocalAirflow) -> dict[Cell, Build]:
    """All builds, each ended once, and then tried again until it was complete."""
    api = kills_airflow.api
    folder = kills_airflow.state.path.with_name("builds")
    made = {cell: Build(*cell, folder / "_".join(map(str, cell))) for cell in CELLS}
    timed = [build for build in made.values() if build.end == "timeout"]
    others = [build for build in made.values() if build.end != "timeout"]
    # A timeout begins with its task: those must not wait for others.
    for builds in (timed, others):
        _start(kills_airflow, builds)
        _wait_until_stuck(kills_airflow, builds, meanwhile=timed if builds is others else ())
    for number, build in enumerate(others, 1):
        build.ended = time.time()
        _end(build)
        _note_gone([*timed, *others[:number]])
    # What was too late each build's own test tells.
    with suppress(DeadlineExceededError):
        api.wait_for(
            "all processes to be gone",
            lambda: _note_gone(made.values()),
            lambda left: not left,
            deadline=TIMEOUT.total_seconds() + SOON,
            every=0.05,
        )
    for build in others:
        if build.end == "mark_failed":
            _clear(build)
    with suppress(DeadlineExceededError):
        for end in ENDS:
            run_id = next(build.run.run_id for build in made.values() if build.end == end)
            api.wait_for_run(f"kills_{end}", run_id, deadline=60)
    return made


def _start(airflow: LocalAirflow, builds: Iterable[Build]) -> None:
    runs: dict[str, Run] = {}
    for build in builds:
        dag_id = f"kills_{build.end}"
        if build.end not in runs:
            runs[build.end] = Run(airflow, dag_id, start(airflow, dag_id), "")
        build.run = runs[build.end]


def _wait_until_stuck(airflow: LocalAirflow, builds: list[Build], *, meanwhile: Iterable[Build]) -> None:
    left = list(builds)

    def look() -> list[Build]:
        _note_gone(meanwhile)  # a timeout may come early
        for build in list(left):
            if kill_tasks.begun(build.folder, build.kind, build.workers):
                # From now on whatever begins goes through: the next try, or what must not begin.
                kill_tasks.release(build.folder)
                left.remove(build)
        return left

    airflow.api.wait_for("tasks to get stuck", look, lambda left: not left, deadline=90, every=0.05)


def _end(build: Build) -> None:
    api, path = build.run.airflow.api, f"dags/{build.run.dag_id}"
    if build.end == "mark_failed":
        task = f"{path}/dagRuns/{build.run.run_id}/taskInstances/{build.task_id}"
        api.call("PATCH", task, body={"new_state": "failed"})
    elif build.end == "clear":
        _clear(build)
    elif build.end == "sigkill":
        build.process().kill()
    elif build.end in ("worker_sigkill", "worker_sigterm"):
        supervisor = build.process().parent()
        assert supervisor is not None
        supervisor.send_signal(SIGKILL if build.end == "worker_sigkill" else SIGTERM)


def _clear(build: Build) -> None:
    body = {
        "dry_run": False,
        "dag_run_id": build.run.run_id,
        "task_ids": [build.task_id],
        "only_failed": False,
    }
    build.run.airflow.api.call("POST", f"dags/{build.run.dag_id}/clearTaskInstances", body=body)


def _note_gone(builds: Iterable[Build]) -> list[Build]:
    """Note which builds have no process any more; give those that have."""
    left = []
    for build in builds:
        if build.gone is None:
            if kill_tasks.alive(build.folder):
                left.append(build)
            else:
                build.gone = time.time()
    return left


def logged(log: str, message: str) -> float:
    """Give when a message was logged."""
    line = next(line for line in log.splitlines() if message in line)
    return datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()


@cells()
def test_no_process_of_a_build_is_alive_ten_seconds_after_it_was_ended(
    builds: dict[Cell, Build], cell: Cell
) -> None:
    build = builds[cell]
    ended = build.ended or logged(build.log(1), "Process timed out")
    assert build.gone is not None
    assert build.gone - ended <= SOON


@cells()
def test_the_next_try_does_exactly_what_is_missing(builds: dict[Cell, Build], cell: Cell) -> None:
    build = builds[cell]
    task = build.task()
    assert (task["state"], task["try_number"]) == ("success", 2)
    # What is half-written, or was begun after the end, would count as complete here.
    family = "Load" if build.kind == LOADS else "Stuck"
    assert build.run.ran(build.task_id) == ["Job", *[family] * build.stuck]
    assert build.run.report(build.task_id)["counts"]["already_complete"] == 1
    assert kill_tasks.made(build.folder) == ["First", "Job", *["Stuck"] * build.stuck * (family == "Stuck")]


@cells()
def test_no_further_task_began(builds: dict[Cell, Build], cell: Cell) -> None:
    build = builds[cell]
    assert len(list((build.folder / "pids").glob("[0-9]"))) == min(build.workers, build.stuck)


@pytest.mark.parametrize("end", ["timeout", "mark_failed", "clear", "sigkill"])
@pytest.mark.parametrize("workers", [1, 4])
def test_rows_and_markers_agree(
    kills_airflow: LocalAirflow, builds: dict[Cell, Build], end: str, workers: int
) -> None:
    name = builds[end, LOADS, workers].folder.name
    jobs = {f"{name}-{number}" for number in range(STUCK)}
    assert kill_tasks.stored(kills_airflow.words_url, name) == (dict.fromkeys(jobs, ROWS), jobs)


@cells("timeout")
def test_a_timeout_is_the_reason_that_is_shown(builds: dict[Cell, Build], cell: Cell) -> None:
    log = builds[cell].log(1)
    assert "AirflowTaskTimeout" in log[log.index(" error Task failed with exception") :]


@cells("mark_failed")
def test_a_build_that_is_marked_failed_says_what_ended_it(builds: dict[Cell, Build], cell: Cell) -> None:
    if cell != ("mark_failed", "ignores", 1):  # which could not hear it
        assert "BuildKilled: Airflow ended the task" in builds[cell].log(1)
