"""Signals that end a build in a terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

_ENDING = (signal.SIGTERM, signal.SIGHUP)

_building = False


class Stopped(KeyboardInterrupt):
    """A signal ends the build. Luigi lets a KeyboardInterrupt through everywhere."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the block as Ctrl-C does; under ``nohup`` SIGHUP stays ignored."""
    global _building
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.getsignal(each) for each in _ENDING}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(each, _stop)
    _building = True
    try:
        yield
    finally:
        _building = False
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(signum: int, _frame: Any) -> NoReturn:
    raise Stopped(signum)


def _in_child() -> None:
    if not _building:
        return
    # A terminal sends Ctrl-C to all processes of its job: those of luigi's tasks end without a word.
    for each in (signal.SIGINT, *_ENDING):
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    # The parent's are drawn around a progress bar, behind a lock that a child may find taken.
    for name, own in (("stdout", sys.__stdout__), ("stderr", sys.__stderr__)):
        if type(getattr(sys, name)).__module__.startswith("rich.") and own is not None:
            setattr(sys, name, own)


os.register_at_fork(after_in_child=_in_child)
