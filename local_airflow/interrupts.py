"""Ctrl-C, SIGTERM and SIGHUP as one exception, and a place where they can't interrupt."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from typing_extensions import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# One Ctrl-C can arrive as several signals (from the terminal, from make, from a wrapper).
SAME_REQUEST = 2.0


class Interrupted(BaseException):
    """Somebody asked this process to end.

    :param signum: the signal that said so
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that a signal ended: 130 for Ctrl-C."""
        return 128 + self.signum


class Interrupts:
    """While entered, the first signal raises :class:`Interrupted` in the main thread.

    A signal that was ignored when this process started (``nohup``) stays ignored, but for SIGINT:
    a shell ignores it for background jobs, and ``kill -INT`` is the way to end those.

    :param process_ends: nothing comes after this, so a late signal may not change the exit code
    """

    def __init__(self, *, process_ends: bool = False) -> None:
        self._process_ends = process_ends
        self._before: dict[int, Any] = {}
        self._raised_at: float | None = None
        self._shielded = False
        self._hurry = False

    def __enter__(self) -> Self:
        for signum in SIGNALS:
            before = signal.getsignal(signum)
            if before is signal.SIG_IGN and signum != signal.SIGINT:
                continue
            self._before[signum] = before
            signal.signal(signum, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for signum, before in self._before.items():
            signal.signal(signum, signal.SIG_IGN if self._process_ends else before)

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        same_request = self._raised_at is not None and now - self._raised_at < SAME_REQUEST
        if self._shielded:
            self._hurry = self._hurry or not same_request
        elif not same_request:
            self._raised_at = now
            raise Interrupted(signum)

    @contextmanager
    def shielded(self) -> Iterator[Callable[[], bool]]:
        """Let nothing interrupt the body.

        :return: a function that tells whether somebody asked again in the meantime
        """
        self._shielded = True
        yield lambda: self._hurry
