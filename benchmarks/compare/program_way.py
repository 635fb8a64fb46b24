"""A way that is a program: started when it is asked, over when it ends."""

from __future__ import annotations

import os
import subprocess
from abc import abstractmethod
from collections.abc import Sequence
from datetime import date

from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.way import Asked, Way


class ProgramWay(Way):
    """Starts a program each time that it is asked."""

    _program: Program | None = None

    @abstractmethod
    def command(self, pipeline: Pipeline, dates: Sequence[date]) -> Sequence[str]:
        """Give the program and its arguments."""

    def ask(self, pipeline: Pipeline, dates: Sequence[date]) -> Asked:
        """Start the program."""
        with (self.world.state.logs / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                self.command(pipeline, dates),
                env=self.world.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._program = Program(process)
        return self._program

    def pids(self) -> list[int]:
        """Give the program's process."""
        return [self._program.pid] if self._program else []

    def crash(self) -> None:
        """End the program, and all that it has started."""
        if self._program:
            self._program.close()
        self.world.kill_programs()


class Program(Asked):
    """A program that was started.

    :param process: its process
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def over(self) -> bool:
        """Whether it has ended; what it has used can be read until it is closed."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def shown(self) -> str:
        """Give the exit code, which is all that cron sees."""
        code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def claims_success(self) -> bool:
        """Whether the exit code is 0."""
        return self._process.wait() == 0

    def close(self) -> None:
        """Let go of the process."""
        self._process.kill()
        self._process.wait()
