"""Call the command line, in this process or as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from airflow_luigi.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]


def call(*words: str, stdin: str | None = None) -> Result:
    """Call ``airflow-luigi`` in this process."""
    result = CliRunner().invoke(main, [*words], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def program(*words: str) -> list[str]:
    """Give the command of a process of its own."""
    return [sys.executable, "-m", "airflow_luigi", *words]


def environment(**more: str) -> dict[str, str]:
    """Give the environment in which the pipelines of the tests are found."""
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **more}


def call_program(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Call it in a process of its own."""
    return subprocess.run(
        program(*words), env=environment(**more), capture_output=True, text=True, timeout=120
    )
