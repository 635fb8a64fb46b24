"""``make up``: an Airflow with its UI, until Ctrl-C."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from local_airflow import ports, session
from local_airflow.airflow import LocalAirflow
from local_airflow.console import Steps

USUAL_PORT = 8080


def up(state: Path, port: int | None, console: Console) -> int:
    """Run an Airflow until somebody ends it.

    :param state: the state folder; what is in it is used again
    :param port: the UI's port; by default 8080, or another if that is taken
    :param console: where to print
    :return: exit code
    """
    if port is None and ports.is_free(USUAL_PORT):
        port = USUAL_PORT
    steps = Steps(console)
    airflow = LocalAirflow(state, port=port, report=steps.begin)

    def serve() -> None:
        console.print(f"Starting Airflow in {airflow.state.path}", highlight=False, soft_wrap=True)
        with steps:
            airflow.start()
        console.print(
            f"\nAirflow:   {airflow.url}\nUser:      {airflow.user}\nPassword:  {airflow.password}"
            f"\nLogs:      {airflow.state.logs}\n\nCtrl-C stops it.",
            highlight=False,
            soft_wrap=True,
        )
        while True:
            airflow.check_alive()
            time.sleep(0.5)

    return session.run(airflow, serve, console)
