import os
import signal

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.interpreters"]

# The same examples each time: a run that fails says something about the change, not about luck.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _forget_interrupt() -> None:
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_configure(config: pytest.Config) -> None:
    """Have SIGTERM end pytest as Ctrl-C does, so that no database server of the tests is left behind."""
    signal.signal(signal.SIGTERM, _interrupt)
    os.register_at_fork(after_in_child=_forget_interrupt)
