"""Child processes that leave nothing behind.

Every process is started in a session of its own, so that the terminal's Ctrl-C reaches only us, and
with an environment that names the state folder. Whatever they start inherits that name: it is how
orphans, whose parent is gone, are found.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local_airflow.errors import ComponentDiedError, LocalAirflowError

STATE_MARKER = "LOCAL_AIRFLOW_STATE"
# Without this, setproctitle (used by Airflow) overwrites the environment that others can see.
KEEP_ENVIRONMENT_VISIBLE = {"SPT_NOENV": "1"}
TAIL = 12


class Child:
    """A process that was started here.

    :param name: what a user calls it
    :param command: program and arguments
    :param log: file that gets all its output, at the end of what is there
    :param env: its whole environment
    :param cwd: its working directory
    :param user: system user to run as, other than ours (takes root)
    :param stop_with: the signal that asks it to end
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
        user: str | None = None,
        stop_with: signal.Signals = signal.SIGINT,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_with = stop_with
        with log.open("ab") as output:
            self.log_start = output.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs; negative if a signal ended it."""
        return self._process.poll()

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        self._process.send_signal(signum)

    def check_alive(self) -> None:
        """Raise :class:`ComponentDiedError`, with the end of the log, if it has ended."""
        if self.exit_code is not None:
            raise ComponentDiedError(f"{self.describe_end()}\n{self.tail()}")

    def describe_end(self) -> str:
        """Say in one line how it ended, and where its log is."""
        return f"the {self.name} ended ({_how(self.exit_code)}); its log: {self.log}"

    def tail(self) -> str:
        """Give the last lines that this process, and none before it, has written."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL:])


def stop(children: Iterable[Child], *, grace: float, hurry: Callable[[], bool] = lambda: False) -> None:
    """Ask children to end, and kill those that don't.

    :param children: what to stop; an ended one is left alone
    :param grace: seconds they have to end by themselves
    :param hurry: when it becomes true, no more time is given
    """
    children = list(children)
    for child in children:
        child.send(child.stop_with)
    end = time.monotonic() + grace
    while any(child.exit_code is None for child in children):
        if hurry() or time.monotonic() > end:
            break
        time.sleep(0.05)
    for child in children:
        child.send(signal.SIGKILL)


def belonging_to(state: Path) -> list[psutil.Process]:
    """Find every live process that was started for a state folder, orphans included."""
    found = []
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid not in ours and process.environ().get(STATE_MARKER) == str(state):
                found.append(process)
    return found


def kill_all(find: Callable[[], list[psutil.Process]], *, deadline: float = 10) -> None:
    """Kill until nothing is found any more: a process may start another while it is being killed.

    :param find: gives the processes that are left
    :param deadline: seconds after which to give up with an error
    """
    end = time.monotonic() + deadline
    while left := find():
        if time.monotonic() > end:
            raise LocalAirflowError(f"could not end these processes: {', '.join(map(str, left))}")
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=0.5)


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"
