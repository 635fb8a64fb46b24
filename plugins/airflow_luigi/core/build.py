"""``luigi.build`` with a report of what became of each task."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import luigi
from luigi.interface import _WorkerSchedulerFactory

from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.outcome import rebuilt, report_on
from airflow_luigi.core.outdated import Outdated
from airflow_luigi.core.publisher import Publisher, Put
from airflow_luigi.core.recorder import PROGRESS_SECONDS, Progress, Recorder
from airflow_luigi.core.remote import CentralScheduler, SchedulerUnavailableError
from airflow_luigi.core.report import BuildReport, TaskReport, TaskState
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.sqla_compat import mark_with_load, repair
from airflow_luigi.core.task_secrets import kept_secret
from airflow_luigi.core.worker import BuildWorker

__all__ = ["BuildReport", "SchedulerUnavailableError", "TaskReport", "TaskState", "build"]

logger = logging.getLogger(__name__)


def build(
    tasks: luigi.Task | Iterable[luigi.Task],
    *,
    workers: int = 1,
    scheduler_url: str | None = None,
    redactor: Redactor | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    progress_seconds: float = PROGRESS_SECONDS,
    outdated: Outdated | None = None,
    on_broken_off: Callable[[tuple[TaskReport, ...]], object] | None = None,
    publish: Put | None = None,
    publish_in_background: bool = True,
) -> BuildReport:
    """Build tasks as ``luigi.build`` does, and say what became of each.

    It makes the calls of ``complete()`` and ``requires()`` that ``luigi.build`` makes, in the same order. Two
    things differ: a task whose ``run()`` returns without having made its outputs has failed, and an exception
    that is not an ``Exception`` (a timeout, a kill) ends the build instead of one task.

    :param tasks: one task or several.
    :param workers: how many tasks may run at once, each in a process of its own if more than one.
    :param scheduler_url: address of luigi's central scheduler (``luigid``); default: a scheduler in this
        process.
    :param redactor: hides secrets in luigi's log records and in the report; default: a new one.
    :param on_progress: called at the end, and in between at most every ``progress_seconds``, when something
        changed; default: one line in the log.
    :param progress_seconds: the shortest time between two calls of ``on_progress``.
    :param outdated: looks after the rest of the graph that these tasks are a part of.
    :param on_broken_off: called when an exception ends the build (a timeout, a kill, a scheduler that is
        gone), with the tasks that have run until then.
    :param publish: is given the build as it stands, in the values of :mod:`airflow_luigi.core.live`, at its
        end and meanwhile; see :class:`~airflow_luigi.core.publisher.Publisher`.
    :param publish_in_background: as :class:`~airflow_luigi.core.publisher.Publisher` has it.
    :raises SchedulerUnavailableError: the central scheduler is not there, or no longer. What has been made
        stays.
    """
    roots = [tasks] if isinstance(tasks, luigi.Task) else list(tasks)
    redactor = redactor or Redactor()
    throttle = _Throttle(on_progress or _log_progress, progress_seconds)
    factory = _BuildFactory(redactor, outdated)
    factory.on_change.append(throttle)
    last_word: Any = contextlib.nullcontext(lambda _: None)
    if publish is not None:
        publisher = Publisher(
            publish, redactor, lambda: factory.worker.tasks, in_background=publish_in_background
        )
        factory.on_change.append(publisher.changed)
        factory.on_asked.append(publisher.asked)
        last_word = publisher.last_word()
    claimed = outdated.claimed() if outdated is not None else contextlib.nullcontext()
    repair()
    mark_with_load()
    with (
        luigi_settings(_settings()),
        kept_secret(redactor),
        factory.last_word(),
        claimed,
        last_word as publish_end,
    ):
        try:
            result = luigi.build(
                roots,
                worker_scheduler_factory=factory,
                local_scheduler=scheduler_url is None,
                scheduler_url=scheduler_url or "",
                workers=workers,
                detailed_summary=True,
            )
        except BaseException:
            if on_broken_off is not None and hasattr(factory, "worker"):
                on_broken_off(rebuilt(factory.worker.tasks, factory.recorder.records, redactor))
            raise
        throttle.call(factory.recorder)
        records = factory.recorder.records
        report = report_on(result.status.name, roots, factory.worker.tasks, records, redactor)
        publish_end(report)
        if outdated is None:
            return report
        return dataclasses.replace(report, outdated=outdated.after_run(factory.recorder.ran))


def _settings() -> dict[str, dict[str, Any]]:
    # luigi would add a handler of its own to its logger, beside those of whoever calls.
    settings: dict[str, dict[str, Any]] = {"core": {"no_configure_logging": True}}
    if threading.current_thread() is not threading.main_thread():
        # Python allows signal handlers in the main thread only (spotify/luigi issue #3251).
        settings["worker"] = {"no_install_shutdown_handler": True}
    return settings


def _log_progress(progress: Progress) -> None:
    logger.info("%s", progress)


class _Throttle:
    """Passes a recorder's progress on, at most every few seconds."""

    def __init__(self, on_progress: Callable[[Progress], object], seconds: float) -> None:
        self._on_progress = on_progress
        self._seconds = seconds
        self._last = time.monotonic()

    def __call__(self, recorder: Recorder) -> None:
        if time.monotonic() - self._last >= self._seconds:
            self.call(recorder)

    def call(self, recorder: Recorder) -> None:
        self._last = time.monotonic()
        self._on_progress(recorder.progress)


class _BuildFactory(_WorkerSchedulerFactory):
    """Gives luigi our worker, and a recorder around its own scheduler."""

    recorder: Recorder
    worker: BuildWorker

    def __init__(self, redactor: Redactor, outdated: Outdated | None) -> None:
        self.on_change: list[Callable[[Recorder], object]] = []
        self.on_asked: list[Callable[[Recorder], object]] = []
        self._redactor = redactor
        self._outdated = outdated
        self._central: CentralScheduler | None = None

    def create_local_scheduler(self) -> Recorder:
        self.recorder = self._record(super().create_local_scheduler())
        return self.recorder

    def create_remote_scheduler(self, url: str) -> Recorder:
        central = CentralScheduler(url, self._redactor)
        self.recorder = self._record(central)
        # Before any task is asked whether it is complete.
        central.check()
        self._central = central
        return self.recorder

    def create_worker(self, scheduler: Any, worker_processes: int, assistant: bool = False) -> BuildWorker:
        self.worker = BuildWorker(scheduler=scheduler, worker_processes=worker_processes, assistant=assistant)
        self.worker.redactor = self._redactor
        self.worker.while_waiting = lambda: _all(self.on_asked)(self.recorder)
        if self._outdated is not None:
            self.worker.before_run = lambda: self._outdated.before_run(self.recorder.pending)
        return self.worker

    def _record(self, scheduler: Any) -> Recorder:
        return Recorder(scheduler, self._redactor, _all(self.on_change), _all(self.on_asked))

    @contextlib.contextmanager
    def last_word(self) -> Iterator[None]:
        """Leave no task behind in the central scheduler that it takes for running."""
        try:
            yield
        except SchedulerUnavailableError as error:
            if self._central is None:
                raise
            raise SchedulerUnavailableError(
                f"{error} Until then: {self.recorder.progress}. What has been made stays."
            ) from None
        except BaseException as error:
            if self._central is not None and (running := self.recorder.running):
                self._central.hurry()
                with contextlib.suppress(SchedulerUnavailableError):
                    self.worker.give_up(running, type(error).__name__)
            raise


def _all(listeners: list[Callable[[Recorder], object]]) -> Callable[[Recorder], None]:
    def call(recorder: Recorder) -> None:
        for listener in listeners:
            listener(recorder)

    return call
