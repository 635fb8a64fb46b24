"""``python -m local_airflow``: the commands behind ``make demo`` and ``make up``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click
from rich.console import Console

# Until there is something to stop, Ctrl-C just ends this process, without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A real Airflow on this machine, with a PostgreSQL of its own."""


@main.command()
@click.option("--state", type=click.Path(path_type=Path), default=Path(".local/demo"), show_default=True)
def demo(state: Path) -> None:
    """Backfill a week, twice, and show what was done."""
    from local_airflow.demo import demo as run_demo

    sys.exit(run_demo(state, Console()))


@main.command()
@click.option("--state", type=click.Path(path_type=Path), default=Path(".local/up"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="The UI's port.  [default: one that is free]")
def up(state: Path, port: int | None) -> None:
    """Run Airflow and its UI until Ctrl-C."""
    from local_airflow.up import up as run_up

    sys.exit(run_up(state, port, Console()))


if __name__ == "__main__":
    main()
