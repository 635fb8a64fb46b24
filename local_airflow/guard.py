"""A small process that ends everything when the one that started it is gone, however it went.

A killed terminal, a test runner that runs out of time, ``kill -9``: none of them lets Python clean up.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_airflow.left_overs import end_everything, kill_all_but_server

REPO = Path(__file__).resolve().parent.parent


class Guard:
    """Watches over this process from the moment that it is made.

    :param state: the state folder whose processes must not outlive this one
    :param postgres: PostgreSQL's data folder
    :param env: environment that marks the guard as one of those processes
    """

    def __init__(self, state: Path, postgres: Path, env: Mapping[str, str]) -> None:
        self._state, self._postgres = state, postgres
        # The other end closes when this process ends, and at no other time: nobody inherits it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local_airflow.guard", str(state), str(postgres)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**env, "PYTHONPATH": str(REPO)},
            cwd="/",
            start_new_session=True,
        )

    def kill_the_others(self) -> None:
        """End all that it watches over but PostgreSQL, by SIGKILL, as a machine that fails does."""
        kill_all_but_server(self._state, self._postgres, spare=[self._process.pid])

    def dismiss(self) -> None:
        """Send the guard away: there is nothing left to watch over."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Wait until nobody holds the other end of standard input, then end everything."""
    state, postgres = map(Path, sys.argv[1:])
    while os.read(0, 1):
        pass
    end_everything(state, postgres)


if __name__ == "__main__":
    main()
