"""What a build started does not outlive it, even where ``kill -9`` left no time to clean up."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from airflow_luigi.core import guard

WATCH_SECONDS = 1.0
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>

logger = logging.getLogger(__name__)

_held: set[int] = set()


@contextlib.contextmanager
def guarded(*, by_parent: bool = False) -> Iterator[None]:
    """Make sure that no process of this process's group outlives it.

    For a process that was started for one build, and is nobody's job in a terminal: it gets a process group
    of its own unless it has one, and a small process in that group watches, at a cost of a few milliseconds.
    The group is also ended where SIGTERM was sent to it, or to this process, and the block has not ended a
    few seconds later. Where this process ignores SIGTERM it dies of it all the same.
    What leaves the group (``start_new_session=True``) is out of reach.

    :param by_parent: end the whole group, this process included, when this process's parent is gone.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    owner = os.getpid()
    with contextlib.ExitStack() as stack:
        done = threading.Event()
        stack.callback(done.set)
        parent = os.getppid() if by_parent else None
        threading.Thread(target=_watch, args=(parent, done), daemon=True).start()
        try:
            process, lifeline = _start_guard()
        except OSError as error:
            logger.warning("no guard watches this build, a kill -9 may leave processes behind: %s", error)
        else:
            stack.callback(_dismiss, owner, process, lifeline)
            stack.enter_context(_signals_told(lifeline))
        yield


def die_with_parent() -> None:
    """Let the kernel kill this process, forked by luigi, when the thread that forked it is gone (Linux)."""
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or parent is None or os.getppid() != parent.pid:
        return
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent.pid:
        os.kill(os.getpid(), signal.SIGKILL)


def _start_guard() -> tuple[subprocess.Popen[bytes], int]:
    watched, lifeline = os.pipe()
    _held.add(lifeline)
    try:
        # Standard input of an Airflow task is its supervisor's socket: a guard that held it, or the sockets
        # behind standard output, would keep the supervisor waiting.
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=watched,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
    except BaseException:
        _held.discard(lifeline)
        os.close(lifeline)
        raise
    finally:
        os.close(watched)
    return process, lifeline


def _dismiss(owner: int, process: subprocess.Popen[bytes], lifeline: int) -> None:
    if os.getpid() == owner:
        process.kill()
        process.wait()
        _held.discard(lifeline)
        os.close(lifeline)


@contextlib.contextmanager
def _signals_told(lifeline: int) -> Iterator[None]:
    """Have Python tell the guard of each signal for which there is a handler, when it arrives.

    The handler itself may be a task's that goes on, or have to wait for a call into a C library.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    os.set_blocking(lifeline, False)
    before = signal.set_wakeup_fd(lifeline, warn_on_full_buffer=False)
    try:
        yield
    finally:
        # In a forked child, or where a task has put one of its own there, it is not ours any more.
        current = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(before if current == lifeline else current)


def _watch(parent: int | None, done: threading.Event) -> None:
    while not done.wait(WATCH_SECONDS):
        if parent is not None and os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
        _hear_sigterm()


def _hear_sigterm() -> None:
    """Give SIGTERM its default effect, to end this process, while a task has it ignored.

    Airflow sends it to this process alone when a worker is to stop, and then waits. To Python it stays
    ignored, so whoever sets a handler again gets what they ask for.
    """
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        return
    before = _set_signal(signal.SIGTERM, signal.SIG_DFL)
    # The main thread may have set a handler in between; its next change comes through Python again.
    if before not in (None, signal.SIG_IGN) and signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        _set_signal(signal.SIGTERM, before)


# What signal.signal() calls. It changes what the system does, in any thread, but not what Python knows.
_set_signal = ctypes.PyDLL(None).PyOS_setsig
_set_signal.argtypes, _set_signal.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_void_p


def _let_go() -> None:
    if _held and (told := signal.set_wakeup_fd(-1)) not in _held:
        signal.set_wakeup_fd(told)
    while _held:
        os.close(_held.pop())


# The guard sees the end of this process when the last copy of the lifeline closes: forked children, which
# luigi's are, must not keep one. A program that is started does not: Python marks descriptors so.
os.register_at_fork(after_in_child=_let_go)
