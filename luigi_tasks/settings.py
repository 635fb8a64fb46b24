"""Where the pipelines read and write."""

from __future__ import annotations

from pathlib import Path

import luigi

_REPOSITORY = Path(__file__).resolve().parent.parent


class folders(luigi.Config):  # noqa: N801 - luigi names the section [folders] after the class
    """The folder of the words that come in, and the folder of what is made of them."""

    inputs = luigi.PathParameter(default=_REPOSITORY / "input", absolute=True)
    outputs = luigi.PathParameter(default=_REPOSITORY / "output", absolute=True)


def output_target(name: str) -> luigi.LocalTarget:
    """Give the file ``name`` in the output folder. Opened to write, it appears whole or not at all."""
    return luigi.LocalTarget(str(folders().outputs / name), format=luigi.format.UTF8)


def database_parameter() -> luigi.Parameter[str]:
    """Give the parameter with which a task is told its database."""
    return luigi.Parameter(
        default="",
        description="a connection's name, or a URL; default: words.db (SQLite) in the output folder",
    )


def database_or_default(database: str) -> str:
    """Give the database that a task was told to use; without one, the SQLite file in the output folder."""
    return database or f"sqlite:///{folders().outputs / 'words.db'}"
