"""Luigi's worker, so that it notices a missing output, and lets through what must end a build.

luigi calls this module's parents private: what differs between luigi's releases is dealt with here.
"""

from __future__ import annotations

import contextlib
import json
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import luigi
from luigi.task import flatten
from luigi.task_status import FAILED
from luigi.worker import ContextManagedTaskProcess, Worker

from airflow_luigi.core.lifeline import die_with_parent
from airflow_luigi.core.processes import StartedLater, end, tree
from airflow_luigi.core.secrets import Redactor, redacted
from airflow_luigi.core.task_secrets import learn_task


class MissingOutputError(Exception):
    """A task's ``run()`` returned, and an output of the task is not there (spotify/luigi issue #2112)."""


class BuildTaskProcess(ContextManagedTaskProcess):
    """One run of one task, in the build's own process or in a child of it."""

    task: luigi.Task

    def run(self) -> None:
        """Run the task."""
        if self.use_multiprocessing:
            # Inherited handlers speak for the parent: Airflow's ignores SIGTERM in every other process, and
            # a worker_timeout would not end the task.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            die_with_parent()
            super().run()
            return
        with _sigterm_kept():
            super().run()

    def terminate(self) -> None:
        """End the task's process and all below it; luigi's own would wait for ever for one that won't."""
        if (pid := self.pid) is not None:
            end(lambda: tree(pid))

    def _run_get_new_deps(self) -> Any:
        # luigi's check_complete_on_run asks complete(), and so fails a task that is never complete by
        # intention. The outputs are what run() promised.
        new_requirements = super()._run_get_new_deps()
        if not new_requirements:
            missing = [str(target_name(o)) for o in flatten(self.task.output()) if not o.exists()]
            if missing:
                raise MissingOutputError(f"run() returned, but did not make {', '.join(missing)}")
        return new_requirements

    def _handle_run_exception(self, ex: BaseException) -> Any:
        # A timeout or a kill is a BaseException: luigi would mark this task as failed and start the next.
        if not isinstance(ex, (Exception, SystemExit)):
            raise ex
        trace = traceback.format_exc()
        # Before it leaves the process: others need not know what this task has read.
        return redacted(super()._handle_run_exception(ex) or trace)


class BuildWorker(Worker):
    """The worker of a build.

    An exception that ends the build ends the processes that it has started, those of its tasks included.
    """

    redactor: Redactor | None = None
    before_run: Callable[[], object] | None = None
    while_waiting: Callable[[], object] | None = None

    def run(self) -> bool:
        """Run what was scheduled."""
        if self.before_run is not None:
            self.before_run()
        return bool(super().run())

    def _purge_children(self) -> None:
        # luigi comes here once a second while it waits for the processes of its tasks.
        super()._purge_children()
        if self.while_waiting is not None:
            self.while_waiting()

    def _validate_task(self, task: luigi.Task) -> None:
        # luigi comes here with each task before it names it anywhere.
        super()._validate_task(task)
        if self.redactor is not None:
            learn_task(self.redactor, task)

    def __enter__(self) -> BuildWorker:
        self._started = StartedLater()
        super().__enter__()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        # In other threads other builds may run, whose processes are not told apart from this one's.
        if error is not None and threading.current_thread() is threading.main_thread():
            end(self._started)
        return super().__exit__(kind, error, trace)

    def give_up(self, task_ids: Iterable[str], reason: str) -> None:
        """Tell the scheduler that these tasks run no longer: it would wait a minute for this worker."""
        for task_id in task_ids:
            task = self._scheduled_tasks[task_id]
            self._scheduler.add_task(
                worker=self._id,
                task_id=task_id,
                status=FAILED,
                expl=json.dumps(f"The build was ended: {reason}."),
                resources=task.process_resources(),
                runnable=None,
            )

    @property
    def tasks(self) -> Mapping[str, luigi.Task]:
        """Every task that the worker has scheduled, by luigi's task id."""
        scheduled: Mapping[str, luigi.Task] = self._scheduled_tasks
        return scheduled

    def _create_task_process(self, task: luigi.Task) -> Any:
        process: Any = super()._create_task_process(task)
        if type(process) is ContextManagedTaskProcess:
            # luigi names the class in here, with ten arguments. One that only overrides methods can take its
            # place without repeating them. What another library has put there stays.
            process.__class__ = BuildTaskProcess
        return process


@contextlib.contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Put SIGTERM's handler back after the block, where a task that runs in this process has changed it."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and handler is not None and signal.getsignal(signal.SIGTERM) is not handler:
            signal.signal(signal.SIGTERM, handler)


def is_external(task: luigi.Task) -> bool:
    """Whether luigi waits for this task instead of running it (``luigi.ExternalTask``)."""
    return task.run is None or task.run == NotImplemented


def target_name(target: Any) -> str:
    """Give what a person would call this target: its path, or what it says of itself."""
    return str(getattr(target, "path", None) or target)
