"""What a way costs while it works: time, memory, processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import psutil
from typing_extensions import Self

PROCESSES_EVERY = 0.2
# Seconds, for each process: reading what it shares with others takes the system a while.
MEMORY_EVERY = 0.05
Key = tuple[int, float]
Trees = list[tuple[psutil.Process, Key]]


@dataclass(frozen=True)
class Cost:
    """What was used between the beginning and the end.

    :param wall: seconds
    :param cpu: seconds of all processes together, those that have ended included
    :param peak_memory: MiB of all processes together; what they share counts once (Linux)
    :param processes: how many were started, as far as they lived for a fifth of a second
    """

    wall: float
    cpu: float
    peak_memory: float
    processes: int


class Meter:
    """Watches trees of processes for the length of a ``with`` block.

    CPU time is that of the processes, and of those that they have waited for: on macOS, which does not tell
    the latter, it is too low.

    :param roots: gives the process ids at the top; asked again and again, since they may change
    """

    def __init__(self, roots: Callable[[], Iterable[int]]) -> None:
        self._roots = roots
        self._known: set[Key] = set()
        self._started: set[Key] = set()
        self._first_cpu: dict[Key, float] = {}
        self._last_cpu: dict[Key, float] = {}
        self._peak = 0.0
        self._begun = self._wall = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        trees = self._trees()
        self._known = {_key(process) for process, _root in trees}
        _note_cpu(trees, self._first_cpu)
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wall = time.monotonic() - self._begun
        self._end.set()
        self._thread.join()
        self._look(memory=True)

    @property
    def cost(self) -> Cost:
        """What was used; to be asked after the block."""
        cpu = sum(last - self._first_cpu.get(root, 0.0) for root, last in self._last_cpu.items())
        return Cost(self._wall, cpu, self._peak / 2**20, len(self._started))

    def _watch(self) -> None:
        memory_due = 0.0
        while not self._end.wait(PROCESSES_EVERY):
            now = time.monotonic()
            count = self._look(memory=now >= memory_due)
            if now >= memory_due:
                memory_due = now + MEMORY_EVERY * count

    def _look(self, *, memory: bool) -> int:
        trees = self._trees()
        self._started |= {_key(process) for process, _root in trees} - self._known
        _note_cpu(trees, self._last_cpu)
        if memory:
            self._peak = max(self._peak, sum(_memory(process) for process, _root in trees))
        return len(trees)

    def _trees(self) -> Trees:
        # One pass over all processes: psutil makes one for each root that is asked for its children.
        children: dict[int, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                children.setdefault(process.ppid(), []).append(process)
        found: Trees = []
        for pid in self._roots():
            with suppress(psutil.Error):
                root = psutil.Process(pid)
                tree = [root]
                for process in tree:
                    tree += children.get(process.pid, [])
                found += [(each, _key(root)) for each in tree]
        return found


def _note_cpu(trees: Trees, into: dict[Key, float]) -> None:
    found: dict[Key, float] = {}
    for process, root in trees:
        with suppress(psutil.Error):
            times = process.cpu_times()
            ended = times.children_user + times.children_system
            found[root] = found.get(root, 0.0) + times.user + times.system + ended
    for root, seconds in found.items():
        # One that ended while its tree was read is missing in it, and may not yet be in its parent's count.
        into[root] = max(seconds, into.get(root, 0.0))


def _key(process: psutil.Process) -> Key:
    return process.pid, process.create_time()


def _memory(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return float(getattr(memory, "pss", memory.rss))
