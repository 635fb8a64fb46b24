"""Find and end the processes that a build has started, with the standard library alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

GRACE = 2.0
DEADLINE = 2.0
_EVERY = 0.05
_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One live process of this machine.

    :param started: when it was started, as the system writes it: numbers are used again.
    """

    pid: int
    parent: int
    group: int
    started: str

    @property
    def key(self) -> tuple[int, str]:
        """What stays the same: a process whose parent has died gets another."""
        return self.pid, self.started


class StartedLater:
    """The processes that this one, or what it started, has started after this was made."""

    def __init__(self) -> None:
        self._before = {process.key for process in self._ours()}

    def __call__(self) -> list[Process]:
        """Give those that live now."""
        return [process for process in self._ours() if process.key not in self._before]

    def _ours(self) -> list[Process]:
        own, processes = os.getpid(), live_processes()
        below = descendants(own, processes)
        if os.getpgrp() == own:
            # Those too whose parent has ended; a shell's pipeline was there before.
            below |= {process.pid for process in processes.values() if process.group == own}
        return [processes[pid] for pid in below - {own} if pid in processes]


def tree(pid: int) -> list[Process]:
    """Give a process and all that descends from it."""
    processes = live_processes()
    return [processes[each] for each in descendants(pid, processes) | {pid} if each in processes]


def descendants(pid: int, processes: Mapping[int, Process]) -> set[int]:
    """Give the numbers of a process's children, and of theirs."""
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    below = [pid]
    while below:
        new = set(children.get(below.pop(), ())) - found
        found |= new
        below += new
    return found


def end(find: Callable[[], Iterable[Process]], *, grace: float = GRACE) -> None:
    """Ask processes to end, and kill those that don't.

    :param find: gives the processes; it is asked again, as they may start others.
    :param grace: seconds they have to end by themselves.
    """
    known: set[Process] = set()

    def send(signum: signal.Signals) -> bool:
        # Below a process that has ended its children are not found any more.
        known.update(find())
        targets = _still_alive(known)
        # One that saw what it waits for killed could take that for done.
        for process in _parents_first(targets):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signum)
        return bool(targets)

    try:
        if send(signal.SIGTERM):
            _wait_for_end(known, grace)
    finally:  # a second signal must not cut this short
        stop_at = time.monotonic() + DEADLINE
        while send(signal.SIGKILL) and time.monotonic() < stop_at:
            _wait_for_end(known, _EVERY)


def _parents_first(processes: Iterable[Process]) -> list[Process]:
    found = {process.pid: process for process in processes}

    def depth(process: Process) -> int:
        steps = 0
        while process.parent in found and steps < len(found):
            process, steps = found[process.parent], steps + 1
        return steps

    return sorted(found.values(), key=depth)


def live_processes() -> dict[int, Process]:
    """Give all processes that have not ended, by their number; some systems show only the user's own."""
    if _has_proc():
        found = [_from_proc(entry) for entry in _PROC.iterdir() if entry.name.isdigit()]
    else:
        command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,lstart="]
        listing = subprocess.check_output(command, stdin=subprocess.DEVNULL, text=True)  # noqa: S603
        found = [_from_ps(line) for line in listing.splitlines()]
    return {process.pid: process for process in found if process is not None}


def _still_alive(processes: Iterable[Process]) -> list[Process]:
    if _has_proc():
        now = {process.pid: _from_proc(_PROC / str(process.pid)) for process in processes}
    else:
        now = {**live_processes()}
    return [each for each in processes if (there := now.get(each.pid)) and there.started == each.started]


def _wait_for_end(processes: Iterable[Process], seconds: float) -> None:
    stop_at = time.monotonic() + seconds
    while _still_alive(processes) and (left := stop_at - time.monotonic()) > 0:
        time.sleep(min(_EVERY, left))


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _from_proc(entry: Path) -> Process | None:
    try:
        text = (entry / "stat").read_text(errors="replace")
    except OSError:  # it has just ended
        return None
    # The name, in brackets, may hold anything.
    state, parent, group, *rest = text[text.rindex(")") + 1 :].split()
    return None if state in "ZX" else Process(int(entry.name), int(parent), int(group), rest[16])


def _from_ps(line: str) -> Process | None:
    pid, parent, group, state, started = line.split(None, 4)
    return None if state.startswith("Z") else Process(int(pid), int(parent), int(group), started)
