"""What the tests of kills share: a process that can be ended, and waiting for what must be gone."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from local_airflow.waiting import wait_for
from tests import kill_tasks
from tests.processes import fork

SOON = 10
ENDED = 42


class Ended(BaseException):
    """A timeout, or a kill."""


def raise_ended(*_: object) -> None:
    raise Ended


@contextlib.contextmanager
def process_of_its_own(function: Callable[[], object]) -> Iterator[Any]:
    """Call a function in a forked child, where SIGTERM raises :class:`Ended`; its exit code is then ENDED."""

    def run() -> None:
        signal.signal(signal.SIGTERM, raise_ended)
        try:
            function()
        except Ended:
            os._exit(ENDED)

    process = fork.Process(target=run)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def wait_until_stuck(folder: Path, kind: str, workers: int) -> None:
    """Wait until as many tasks of a job as may are stuck."""
    wait_for("stuck tasks", lambda: kill_tasks.begun(folder, kind, workers), deadline=60, every=0.02)
    assert kill_tasks.alive(folder)


def wait_until_gone(folder: Path) -> None:
    """Wait for the end of all processes that left their numbers, for as long as they may take."""
    wait_for(
        "the end of all", lambda: kill_tasks.alive(folder), lambda left: not left, deadline=SOON, every=0.02
    )
