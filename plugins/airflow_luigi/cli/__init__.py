"""``airflow-luigi``: what is there, what is missing, and what to do about it, in a terminal."""

from __future__ import annotations

import importlib
from typing import Any

import click

from airflow_luigi import __version__

# Each command is one module. A module is imported when its command is used: some need Airflow, or luigi.
_COMMANDS: dict[str, str] = {
    "status": "airflow_luigi.cli.status",
    "backfill": "airflow_luigi.cli.backfill",
    "graph": "airflow_luigi.cli.graph",
    "run": "airflow_luigi.cli.run",
    "scaffold": "airflow_luigi.cli.scaffold",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module: Any = importlib.import_module(_COMMANDS[cmd_name])
        command: click.Command = module.command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Luigi pipelines under Apache Airflow: see which dates are missing, and make exactly those."""
