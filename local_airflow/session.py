"""Running something with an Airflow, and ending that Airflow whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from rich.console import Console
from rich.markup import escape

from local_airflow.errors import LocalAirflowError
from local_airflow.interrupts import Interrupted, Interrupts


class Stoppable(Protocol):
    """What is started, and has to be stopped: an Airflow, and whatever has one."""

    @property
    def begun(self) -> bool:
        """Whether there is anything to stop."""

    def stop(self, hurry: Callable[[], bool] = ...) -> None:
        """Stop it; ``hurry`` says when there is no more time."""


def run(airflow: Stoppable, body: Callable[[], None], console: Console) -> int:
    """Call a function that starts and uses an Airflow; stop the Airflow after it.

    Ctrl-C, SIGTERM and SIGHUP end the function at any point. They can't end the stopping: another
    Ctrl-C only takes away the time that Airflow has to close down in good order.

    :param airflow: not started yet
    :param body: starts it, and does what there is to do
    :param console: where errors and interruptions are shown
    :return: the exit code of the command: 0, 1 after an error, 130 after Ctrl-C
    """
    with Interrupts(process_ends=True) as interrupts:
        try:
            try:
                body()
                return 0
            finally:
                with interrupts.shielded() as hurry:
                    if airflow.begun:
                        _say(console, "Stopping Airflow.")
                    airflow.stop(hurry)
        except LocalAirflowError as error:
            _say(console, f"[bold red]Error:[/] {escape(str(error))}")
            return 1
        except Interrupted as interrupted:
            _say(console, f"Stopped by {interrupted}.")
            return interrupted.exit_code
        finally:
            # The signal may have come in the moment between the end of the body and the shield.
            with interrupts.shielded() as hurry:
                airflow.stop(hurry)


def _say(console: Console, text: str) -> None:
    # The terminal may be gone: that is what SIGHUP says.
    with suppress(OSError):
        console.print(text, highlight=False, soft_wrap=True)
