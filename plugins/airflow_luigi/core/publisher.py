"""Publishes a build while it runs: every few seconds at most, and so that the build does not notice."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import luigi

from airflow_luigi.core.live import Live
from airflow_luigi.core.recorder import Recorder
from airflow_luigi.core.report import BuildReport
from airflow_luigi.core.secrets import Redactor

PUBLISH_SECONDS = 2.0
# What publishing may take of a build's time: a snapshot that took 40 ms is followed by a pause of 5 s.
SHARE = 0.008

# Seconds that a fork waits for a snapshot that is being published.
_FORK_PATIENCE = 1.0

logger = logging.getLogger(__name__)

Put = Callable[[str, Any], object]
"""Stores a JSON value under a key."""


class Publisher:
    """Puts what :class:`~airflow_luigi.core.live.Live` gives where others can see it.

    What goes wrong with that is logged once; the build goes on, and publishes no more.

    :param put: where to. It is called in this thread or another one, but not in both at a time.
    :param redactor: hides the secrets.
    :param tasks: gives what the worker has scheduled, by task id.
    :param in_background: have another thread publish, so that the last change before a task that takes long
        is published as well. Without it the build publishes when its worker has asked for work, or waits for
        tasks in other processes, and a change that comes too soon waits for the next time.
    """

    def __init__(
        self,
        put: Put,
        redactor: Redactor,
        tasks: Callable[[], Mapping[str, luigi.Task]],
        *,
        in_background: bool = True,
    ) -> None:
        self._put = put
        self._live = Live(redactor)
        self._tasks = tasks
        self._in_background = in_background
        self._recorder: Recorder | None = None
        self._timer: threading.Timer | None = None
        self._next = time.monotonic() + (PUBLISH_SECONDS if in_background else 0.0)
        self._changed = False
        self._stopped = False

    def changed(self, recorder: Recorder) -> None:
        """Take note that a task's status has changed."""
        self._recorder = recorder
        self._changed = True
        if self._in_background and self._timer is None and not self._stopped:
            self._wait()

    def asked(self, _recorder: Recorder) -> None:
        """Take note that the worker has asked for work, which it is about to run, or waits for its tasks."""
        if not self._in_background and self._changed and time.monotonic() >= self._next:
            self._changed = False
            self._publish()

    def _wait(self) -> None:
        timer = threading.Timer(max(0.0, self._next - time.monotonic()), self._publish_in_time)
        timer.daemon = True
        self._timer = timer
        try:
            timer.start()
        except RuntimeError:  # the system has no thread left
            self._timer = None

    def _publish_in_time(self) -> None:
        with _publishing:
            if time.monotonic() < self._next:
                # The snapshot before took long, which was not known yet when this one was asked for.
                self._wait()
                return
            # What changes from here on is for the next time.
            self._timer = None
            self._publish()

    @contextlib.contextmanager
    def last_word(self) -> Iterator[Callable[[BuildReport], None]]:
        """Give what publishes the report; publish in its stead that an exception has ended the block."""
        try:
            yield lambda report: self._end(report=report)
        except BaseException:
            self._end(broken_off=True)
            raise

    def _end(self, **how: Any) -> None:
        with _publishing:
            if self._timer is not None:
                self._timer.cancel()
            self._publish(**how)
            self._stopped = True

    def _publish(self, **how: Any) -> None:
        with _publishing:
            if self._stopped or self._recorder is None:
                return
            # To wait for Airflow's answer costs the build nothing, if it is another thread that waits.
            clock = time.thread_time if self._in_background else time.monotonic
            begun = clock()
            try:
                for key, value in self._live.values(self._recorder.records, self._tasks(), **how):
                    self._put(key, value)
            except Exception as error:
                self._stopped = True
                logger.warning(
                    "The build goes on, but can't be shown any more: %s: %s", type(error).__name__, error
                )
            self._next = time.monotonic() + max(PUBLISH_SECONDS, (clock() - begun) / SHARE)


# A process that is forked while another thread talks to Airflow would inherit the conversation's lock.
_publishing = threading.RLock()
_held = threading.local()


def _before_fork() -> None:
    _held.lock = _publishing.acquire(timeout=_FORK_PATIENCE)


def _after_fork() -> None:
    if _held.lock:
        _publishing.release()


def _after_fork_in_child() -> None:
    global _publishing
    _publishing = threading.RLock()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
