"""A child that another interpreter runs: how it is started, heard, and brought to an end."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from airflow_luigi.core import child
from airflow_luigi.core.task_spec import TaskSpecError
from airflow_luigi.core.wire import Message, Receiver

# Seconds. A child whose standard input is closed has 2 s to end in good order; then its guard kills it.
END_DEADLINE = 6.0

# They describe the interpreter of this process.
_NOT_INHERITED = ("PYTHONHOME", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")

HEARD_LATE = ("broken_off", "publish")
"""The messages that count even if nobody listened for them while the child ran."""


class Child:
    """The child, from its start to its end and that of all that it has started.

    :param python: path of the interpreter, or its name on ``PATH``.
    :param work: what it is to do: ``"build"``, ``"check"`` or ``"draw"``.
    :param on_late: is given what counts even if nobody listened for it while the child ran.
    """

    exit_code: int | None = None

    def __init__(
        self,
        python: str,
        work: str = "build",
        on_late: Callable[[Message], object] = lambda _: None,
    ) -> None:
        self._program = _program(python)
        self._work = work
        self._on_late = on_late
        self._receiver = Receiver()
        self._stop_at: float | None = None

    def __enter__(self) -> Child:
        self._receiving, sending = os.pipe()
        try:
            # Not our own standard input: in an Airflow task that is the supervisor's socket. The child's is
            # closed when this process ends, in whatever way, and that ends the child.
            self._process = subprocess.Popen(  # noqa: S603
                [self._program, child.__file__, str(sending), self._work],
                stdin=subprocess.PIPE,
                pass_fds=[sending],
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in _NOT_INHERITED},
            )
        except OSError as error:
            os.close(self._receiving)
            raise TaskSpecError(f"python: {self._program} can't be started: {error.strerror}.") from error
        finally:
            os.close(sending)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()  # type: ignore[union-attr]
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_DEADLINE)
        finally:
            if self._process.returncode != 0:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self.exit_code = self._process.wait()
            try:
                self._hear_the_rest()
            finally:
                os.close(self._receiving)

    def _hear_the_rest(self) -> None:
        """Read what was said while nobody listened: an exception here ended the build."""
        # A process that the child has left behind may hold the other end open.
        os.set_blocking(self._receiving, False)
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._receiving, 65536):
                for message in self._receiver.feed(data):
                    if message["kind"] in HEARD_LATE:
                        self._on_late(message)

    def send(self, message: Mapping[str, Any]) -> None:
        """Tell the child something."""
        stdin = self._process.stdin
        assert stdin is not None
        # A child that has ended says why, or its exit code does.
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(message).encode() + b"\n")
            stdin.flush()

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def listen_for(self, seconds: float) -> None:
        """Stop to listen for messages after a while, whether the child has ended or not."""
        self._stop_at = time.monotonic() + seconds

    def messages(self) -> Iterator[Message]:
        """Give what the child says, until it ends, or :meth:`listen_for` does."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._receiving, selectors.EVENT_READ)
            while self._stop_at is None or time.monotonic() < self._stop_at:
                if selector.select(timeout=0.5):
                    data = os.read(self._receiving, 65536)
                    if not data:
                        return
                    yield from self._receiver.feed(data)
                elif self._process.poll() is not None:
                    return


def _program(python: str) -> str:
    path = Path(python).expanduser()
    if path.name == python:
        if (found := shutil.which(python)) is None:
            raise TaskSpecError(f"python: there is no {python!r} on PATH.")
        return found
    if path.is_dir():
        raise TaskSpecError(f"python: {python} is a folder. Name its interpreter: {path / 'bin' / 'python'}.")
    if not path.exists():
        raise TaskSpecError(f"python: there is no file {path} on this machine.")
    if not os.access(path, os.X_OK):
        raise TaskSpecError(f"python: {path} is not executable for this user.")
    return str(path)


def ending(code: int | None, guard_code: int | None) -> str:
    """Say how a child ended."""
    code = guard_code if code is None else code
    if code is not None and code < 0:
        return f"was ended by {_signal_name(-code)}"
    return f"ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return f"signal {number}"
