"""What a terminal, or a log file, shows while a build runs. All of it goes to standard error."""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from typing_extensions import Self

from airflow_luigi.core.recorder import Progress

_LUIGI_LOGGERS = ("luigi-interface", "luigi.scheduler")
_QUIET_SECONDS = 1.0


class BuildConsole:
    """Shows a build's progress, as a bar on a terminal and as lines elsewhere, and what luigi logs.

    :param verbose: show all that luigi logs, not only warnings and errors.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._level = logging.INFO if verbose else logging.WARNING
        self._bar: Bar | None = None
        self._began = time.monotonic()
        self._handler = _LogLines()
        self._before: list[tuple[logging.Logger, int]] = []

    @property
    def is_live(self) -> bool:
        """Whether there is a bar."""
        return self._console.is_terminal

    def progress(self, progress: Progress) -> None:
        """Show how far the build is."""
        if not self.is_live:
            self._console.print(str(progress), soft_wrap=True)
            return
        if time.monotonic() - self._began < _QUIET_SECONDS:
            return
        if self._bar is None:
            columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._bar.start()
            self._bar.add_task("")
            self._bar.tasks[0].start_time = self._began
        # Between two tasks none runs, which is when most changes are told of.
        text = f"{progress.done} of {progress.total} tasks, {progress.failed} failed"
        (task_id,) = self._bar.task_ids
        self._bar.update(task_id, total=progress.total, completed=progress.done, description=text)

    def __enter__(self) -> Self:
        self._handler.setLevel(self._level)
        self._handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        for name in _LUIGI_LOGGERS:
            logger = logging.getLogger(name)
            self._before.append((logger, logger.level))
            logger.setLevel(self._level)
            logger.addHandler(self._handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        for logger, level in self._before:
            logger.removeHandler(self._handler)
            logger.setLevel(level)


class _LogLines(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what standard error is at the moment: while there is a bar, above it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> object:
        return sys.stderr
