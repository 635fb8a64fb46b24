"""Two functions that only compute, measured so that what slows the machine slows both."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess

_fork = multiprocessing.get_context("fork")


class MeasuringFailedError(Exception):
    """What was to be measured has failed."""


def cpu_seconds(
    first: Callable[[], object], second: Callable[[], object], *, before: Callable[[], object] = bool
) -> tuple[float, float]:
    """Give the CPU seconds that each of two functions takes.

    Each runs in a fork of this process, both at the same time, and on Linux on one core, where the system
    lets them take turns every few milliseconds: measured one after the other, the same function may differ by
    a fifth on a machine that does other work too.

    :param before: called in each of the forks first, and not measured.
    """
    gc.collect()
    # As Airflow's executors do before they fork: else a collection copies what the parent has.
    gc.freeze()
    try:
        with _one_core():
            running = [_start(function, before) for function in (first, second)]
        seconds = [_end(*each) for each in running]
    finally:
        gc.unfreeze()
    return seconds[0], seconds[1]


def pairs(
    rounds: int, ours: Callable[[], object], peer: Callable[[], object], *, before: Callable[[], object]
) -> list[tuple[float, float]]:
    """Measure ours and its peer so many times; each is the first to start in every other round."""
    found = []
    for number in range(rounds):
        if number % 2:
            found.append(cpu_seconds(ours, peer, before=before))
        else:
            theirs, own = cpu_seconds(peer, ours, before=before)
            found.append((own, theirs))
    return found


def _start(function: Callable[[], object], before: Callable[[], object]) -> tuple[ForkProcess, Connection]:
    receiver, sender = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_measure, args=(function, before, sender))
    process.start()
    sender.close()
    return process, receiver


def _end(process: ForkProcess, receiver: Connection) -> float:
    try:
        answer = receiver.recv()
    except EOFError:
        answer = None
    process.join()
    if not isinstance(answer, float):
        raise MeasuringFailedError(answer or f"The process ended with exit code {process.exitcode}.")
    return answer


def _measure(function: Callable[[], object], before: Callable[[], object], sender: Connection) -> None:
    # What an operator logs through Airflow would be drawn into the tables.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        before()
        begun = time.process_time()
        function()
    except BaseException:
        sender.send(traceback.format_exc())
    else:
        sender.send(time.process_time() - begun)


@contextmanager
def _one_core() -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
