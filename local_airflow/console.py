"""What the commands print: steps with the seconds they took, on a terminal and in a file."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status
from typing_extensions import Self


class Steps:
    """Shows one step after another; a step ends when the next begins.

    On a terminal the running step has a spinner. Elsewhere only finished ones are printed, a line each.

    :param console: where to
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._text = ""
        self._began = 0.0

    def begin(self, text: str) -> None:
        """Begin a step."""
        self.finish()
        self._text, self._began = text, time.monotonic()
        if self._console.is_terminal:
            self._status = self._console.status(text)
            self._status.start()

    def update(self, note: str) -> None:
        """Say how far the step is; shown on a terminal only."""
        if self._status is not None:
            self._status.update(f"{self._text}: {note}")

    def finish(self, note: str = "") -> None:
        """End the step, with a word on how it went."""
        self.cancel()
        if self._text:
            seconds = f"{time.monotonic() - self._began:5.1f} s"
            self._console.print(
                f"  [green]done[/] {seconds}  {self._text}{note and f': {note}'}", highlight=False
            )
        self._text = ""

    def cancel(self) -> None:
        """Take the spinner away, and say nothing."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.cancel()
