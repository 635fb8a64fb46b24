"""Ends a build in another interpreter when the process that asked for it is gone, and leaves nothing.

The process that was started stays small and watches, while a fork of it builds. It imports nothing of luigi,
and whatever a pipeline does to its process, its threads and its signals does not reach this one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys

from airflow_luigi.core.processes import Process, end, tree
from airflow_luigi.core.wire import Sender

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # of <sys/prctl.h>


def under_guard(channel: int) -> None:
    """Fork, and return in the child. It is ended, with all that it started, when standard input is closed.

    The process that forked ends in here after the child, and tells ``channel`` how that one ended.
    """
    os.set_inheritable(channel, False)
    # What loses its parent becomes a child of this process, also if it has left the group.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    build = os.fork()
    if build == 0:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    code = 1
    try:
        code = _watch(build)
        Sender(channel).send("ended", code=code)
    finally:
        # Past all that this process has in common with the one that it forked.
        os._exit(0 if code == 0 else 1)


def _watch(build: int) -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    woken, wake = os.pipe()
    for descriptor in (woken, wake):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    # Asked only whether it has been closed: what comes in is meant for the build.
    poll.register(0, 0)
    while (code := _exit_code(build)) is None:
        if any(descriptor == 0 for descriptor, _ in poll.poll()):
            end(_below)
            # In a container nobody may take leave of what this process leaves behind.
            _exit_code(build)
            return -signal.SIGKILL
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
    if code != 0:
        end(_below)
    return code


def _exit_code(build: int) -> int | None:
    """Take leave of the children that have ended, adopted ones too."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == build:
                return os.waitstatus_to_exitcode(ended[1])
    return None


def _below() -> list[Process]:
    return [process for process in tree(os.getpid()) if process.pid != os.getpid()]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
