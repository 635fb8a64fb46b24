"""Waiting for something to become true, with a deadline and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from local_airflow.errors import DeadlineExceededError

T = TypeVar("T")


def wait_for(
    what: str,
    look: Callable[[], T],
    done: Callable[[T], bool] = bool,
    *,
    deadline: float,
    every: float = 0.5,
    describe: Callable[[T], object] = repr,
) -> T:
    """Look again and again until what is seen will do.

    :param what: what is waited for; begins the message when time runs out
    :param look: takes one look; whatever it raises ends the waiting
    :param done: whether what was seen will do
    :param deadline: seconds after which to give up
    :param every: seconds between two looks
    :param describe: how the last thing seen is put into the message
    :return: what was seen last, for which ``done`` is true
    """
    end = time.monotonic() + deadline
    while True:
        seen = look()
        if done(seen):
            return seen
        left = end - time.monotonic()
        if left <= 0:
            raise DeadlineExceededError(f"{what}: not within {deadline:g} s; last seen: {describe(seen)}")
        time.sleep(min(every, left))
