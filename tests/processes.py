"""Functions called in forked children."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from typing import Any

import psutil

fork = multiprocessing.get_context("fork")


@contextlib.contextmanager
def child(function: Any, *args: Any) -> Iterator[Any]:
    """Call a function in a forked child; the block gets a function that waits for its result."""
    ours, theirs = fork.Pipe()

    def run() -> None:
        try:
            theirs.send((function(*args), None))
        except Exception as error:
            theirs.send((None, error))

    process = fork.Process(target=run)
    process.start()

    def outcome() -> Any:
        assert ours.poll(60), "the child gave no answer"
        value, error = ours.recv()
        if error is not None:
            raise error
        return value

    try:
        yield outcome
    finally:
        process.join(60)


def in_a_child(function: Any, *args: Any) -> Any:
    with child(function, *args) as outcome:
        return outcome()


def checkers_below() -> list[psutil.Process]:
    """Give the processes that this one has started to ask whether tasks are complete."""
    found = []
    for process in psutil.Process().children():
        # One that another test has left unreaped has no command line.
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.cmdline()[-1:] == ["check"]:
                found.append(process)
    return found
