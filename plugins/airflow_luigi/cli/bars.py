"""Progress in a terminal."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

AFTER = 1.0


class Bar:
    """A progress bar: in a terminal only, and when it takes longer than a second.

    :param console: where it is drawn.
    :param what: what is done, in a few words.
    :param total: how many there are.
    """

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(what, total=total, note="")
        self._began = time.monotonic()
        self._started = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started:
            self._progress.stop()

    def advance(self) -> None:
        """Count one more."""
        self.show(int(self._progress.tasks[0].completed) + 1)

    def show(self, done: int, note: str = "") -> None:
        """Show how far it is.

        :param done: how many are done.
        :param note: what else there is to say.
        """
        if not self._started and time.monotonic() - self._began >= AFTER:
            self._started = True
            self._progress.start()
        self._progress.update(self._task, completed=done, note=note)
