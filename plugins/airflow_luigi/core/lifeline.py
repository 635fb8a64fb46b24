"""What a build started does not outlive it, even where ``kill -9`` left no time to clean up."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from airflow_luigi.core import guard

PARENT_SECONDS = 1.0
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>

logger = logging.getLogger(__name__)

_held: set[int] = set()


@contextlib.contextmanager
def guarded(*, by_parent: bool = False) -> Iterator[None]:
    """Make sure that no process of this process's group outlives it.

    For a process that was started for one build, and is nobody's job in a terminal: it gets a process group
    of its own unless it has one, and a small process in that group watches, at a cost of a few milliseconds.
    The group is also ended where SIGTERM was sent to it and the block has not ended a few seconds later.
    What leaves the group (``start_new_session=True``) is out of reach.

    :param by_parent: end the whole group, this process included, when this process's parent is gone.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    owner = os.getpid()
    with contextlib.ExitStack() as stack:
        if by_parent:
            done = threading.Event()
            stack.callback(done.set)
            threading.Thread(target=_end_with, args=(os.getppid(), done), daemon=True).start()
        try:
            process, lifeline = _start_guard()
        except OSError as error:
            logger.warning("no guard watches this build, a kill -9 may leave processes behind: %s", error)
        else:
            stack.callback(_dismiss, owner, process, lifeline)
        yield


def die_with_parent() -> None:
    """Let the kernel kill this process, forked by luigi, when the thread that forked it is gone (Linux)."""
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or parent is None or os.getppid() != parent.pid:
        return
    import ctypes

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
        _let_go()
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


def _end_with(parent: int, done: threading.Event) -> None:
    while not done.wait(PARENT_SECONDS):
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)


def _let_go() -> None:
    while _held:
        os.close(_held.pop())


# The guard sees the end of this process when the last copy of the lifeline closes: forked children, which
# luigi's are, must not keep one. A program that is started does not: Python marks descriptors so.
os.register_at_fork(after_in_child=_let_go)
