"""A proxy around Luigi's scheduler that sees every status change of every task of a build.

The scheduler is the one place that hears of all of them: local or remote, with one process or many. Luigi's
events are seen only by the process in which a task runs, and its execution summary is private.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from luigi.parameter import ParameterVisibility
from luigi.task_status import DONE, FAILED, PENDING, RUNNING, UNKNOWN

from airflow_luigi.core.secrets import HIDDEN, Redactor, is_secret_name


@dataclass(slots=True)
class TaskRecord:
    """What a build's worker told the scheduler of one task, and was told.

    :param status: the last one, as ``luigi.task_status`` has them.
    :param runnable: whether luigi would run it: False for an external task.
    :param started: when the worker was given it to run, the last time, in seconds since the epoch.
    :param runs: how often it was.
    :param explanation: the traceback of a failure, or what the task's ``on_failure`` returned; in JSON.
    :param other_worker: the worker that is running it instead of this build's.
    :param batch: the tasks that this one, made by luigi, runs together.
    """

    task_id: str
    family: str = ""
    params: dict[str, str] = field(default_factory=dict)
    status: str = PENDING
    runnable: bool = True
    deps: frozenset[str] = frozenset()
    started: float | None = None
    finished: float | None = None
    runs: int = 0
    explanation: str | None = None
    scheduling_error: str | None = None
    other_worker: str | None = None
    batch: tuple[str, ...] = ()


# Progress is told at most so often, by default.
PROGRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    """How far a build is: numbers of tasks."""

    total: int
    done: int
    running: int
    failed: int

    def __str__(self) -> str:
        return f"{self.done} of {self.total} tasks, {self.running} running, {self.failed} failed"


class Recorder:
    """Stands in for a luigi scheduler, passes every call on, and remembers what was said.

    :param scheduler: a ``luigi.scheduler.Scheduler`` or ``luigi.rpc.RemoteScheduler``.
    :param redactor: learns the secrets in the parameters of the tasks that turn up.
    :param on_change: called after each change of a task's status, in the build's main process.
    :param on_asked: called there as well, when the worker has asked for work.
    """

    def __init__(
        self,
        scheduler: Any,
        redactor: Redactor | None = None,
        on_change: Callable[[Recorder], object] | None = None,
        on_asked: Callable[[Recorder], object] | None = None,
    ) -> None:
        self._scheduler = scheduler
        self._redactor = redactor or Redactor()
        self._on_change = on_change
        self._on_asked = on_asked
        self._scheduling_error: str | None = None
        self._batches: dict[str, tuple[str, ...]] = {}
        self.records: dict[str, TaskRecord] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that luigi starts by pickling only reports progress texts through its copy.
        return Recorder, (self._scheduler,)

    @property
    def progress(self) -> Progress:
        """How far the build is now."""
        tasks = [record for record in self.records.values() if not record.batch]
        return Progress(
            total=len(tasks),
            done=sum(record.status == DONE for record in tasks),
            running=sum(record.status == RUNNING for record in tasks),
            failed=sum(record.status in (FAILED, UNKNOWN) for record in tasks),
        )

    @property
    def running(self) -> list[str]:
        """The tasks that run now, by luigi's task id."""
        return [task_id for task_id, record in self.records.items() if record.status == RUNNING]

    @property
    def pending(self) -> list[str]:
        """The tasks that are to run, by luigi's task id."""
        return [task_id for task_id, record in self.records.items() if record.status == PENDING]

    @property
    def ran(self) -> list[str]:
        """The tasks that were run and are done, by luigi's task id."""
        return [
            task_id for task_id, record in self.records.items() if record.status == DONE and record.started
        ]

    def add_task(self, **call: Any) -> Any:
        """Pass on, and remember, what the worker says of a task."""
        params = call.get("params")
        if params:
            # luigid may be told no more than what has been learnt.
            self._redactor.learn_task(call["task_id"], call["family"], params)
        answer = self._scheduler.add_task(**call)
        record = self.records.get(call["task_id"]) or TaskRecord(call["task_id"])
        record.family = call.get("family") or record.family
        if params and not record.params:
            record.params = _public(params, call.get("param_visibilities") or {})
        if deps := {*(call.get("deps") or ()), *(call.get("new_deps") or ())} - record.deps:
            record.deps |= deps
        if call.get("runnable") is not None:
            record.runnable = call["runnable"]
        if call.get("batch_id") in self._batches:
            record.batch = self._batches[call["batch_id"]]
        # Another thread may look at any moment, and must not find half of it.
        self.records[record.task_id] = record
        self._set_status(record, call.get("status", PENDING), call.get("expl"))
        return answer

    def get_work(self, **call: Any) -> Any:
        """Pass on the worker's request for work, and remember which task it was given."""
        answer = self._scheduler.get_work(**call)
        granted = [answer["task_id"]] if answer.get("task_id") else []
        if "batch_id" in answer:
            granted = answer["batch_task_ids"]
            self._batches[answer["batch_id"]] = tuple(granted)
        for task_id in granted:
            if task_id in self.records:
                self._set_status(self.records[task_id], RUNNING)
        if not granted:
            self._note_other_workers(answer.get("running_tasks", ()), call.get("worker"))
        if self._on_asked is not None:
            self._on_asked(self)
        return answer

    def announce_scheduling_failure(self, **call: Any) -> Any:
        """Pass on why ``complete()`` or ``requires()`` of a task failed: its status comes next."""
        self._scheduling_error = call.get("expl")
        return self._scheduler.announce_scheduling_failure(**call)

    def _note_other_workers(self, running: Any, own: str | None) -> None:
        for task in running:
            record = self.records.get(task["task_id"])
            if record is not None and task.get("worker") != own:
                record.other_worker = task.get("worker")

    def _set_status(self, record: TaskRecord, status: str, explanation: str | None = None) -> None:
        if status == RUNNING and record.status != RUNNING:
            record.started, record.finished = time.time(), None
            record.runs += 1
        elif status != RUNNING and record.status == RUNNING:
            record.finished = time.time()
        if status == UNKNOWN:
            record.scheduling_error, self._scheduling_error = self._scheduling_error, None
        record.status = status
        record.explanation = explanation or record.explanation
        for task_id in record.batch:
            if status != RUNNING and task_id in self.records:
                self._set_status(self.records[task_id], status, explanation)
        if self._on_change is not None:
            self._on_change(self)


def _public(params: Mapping[str, str], visibilities: Mapping[str, int]) -> dict[str, str]:
    # luigi leaves private parameters out itself; a hidden one is there.
    return {
        name: HIDDEN if value and is_secret_name(name) else value
        for name, value in params.items()
        if visibilities.get(name, ParameterVisibility.PUBLIC) == ParameterVisibility.PUBLIC
    }
