"""A small program that ends its own process group when the process that started it is gone, however it went.

It is run as a file, with the standard library alone: see :mod:`airflow_luigi.core.lifeline`.
"""

from __future__ import annotations

import os
import signal

# Longer than a build that hears SIGTERM takes to end, and shorter than Airflow's patience of 5 s, which comes
# on top of the 5 s in which it notices that a task is to end.
PATIENCE = 3.5


def main() -> None:
    """Kill the group when nobody holds the other end of standard input, or when SIGTERM was not heard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: _kill_group())
    # Airflow sends it to the whole group; this process is dismissed when the build has ended.
    signal.signal(signal.SIGTERM, lambda *_: _expect_end())
    # Where it is sent to the build's process alone, that one's Python writes its number.
    while numbers := os.read(0, 1024):
        if signal.SIGTERM in numbers:
            _expect_end()
    _kill_group()


def _expect_end() -> None:
    # Whoever asks again and again must not put it off.
    if signal.getitimer(signal.ITIMER_REAL)[0] == 0:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)


def _kill_group() -> None:
    # As a member of the group this process keeps its number from being used again.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
