"""Where the pipelines read and write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import luigi
from luigi.target import FileSystemTarget

_REPOSITORY = Path(__file__).resolve().parent.parent
_S3 = "s3://"


class FolderParameter(luigi.PathParameter):
    """A folder as a path, or one in S3, ``s3://bucket/folder``, as the text that it is."""

    def normalize(self, x: Any) -> Any:
        return x.rstrip("/") if str(x).startswith(_S3) else super().normalize(x)


class folders(luigi.Config):  # noqa: N801 - luigi names the section [folders] after the class
    """The folder of the words that come in, and the folder of what is made of them, here or in S3."""

    inputs = luigi.PathParameter(default=_REPOSITORY / "input", absolute=True)
    outputs = FolderParameter(default=_REPOSITORY / "output", absolute=True)


def output_target(name: str) -> FileSystemTarget:
    """Give the file ``name`` in the output folder. Opened to write, it appears whole or not at all."""
    folder: Any = folders().outputs
    if isinstance(folder, Path):
        return luigi.LocalTarget(str(folder / name), format=luigi.format.UTF8)
    from luigi.contrib.s3 import S3Target

    return S3Target(f"{folder}/{name}", format=luigi.format.UTF8)


def database_parameter() -> luigi.Parameter[str]:
    """Give the parameter with which a task is told its database."""
    return luigi.Parameter(
        default="",
        description="a connection's name, or a URL; default: words.db (SQLite) in the output folder",
    )


def database_or_default(database: str) -> str:
    """Give the database that a task was told to use; without one, the SQLite file in the output folder."""
    folder: Any = folders().outputs
    if not database and not isinstance(folder, Path):
        raise ValueError(
            f"no database is named, and SQLite can't be in {folder}: "
            "give the parameter database a connection's name or a URL"
        )
    return database or f"sqlite:///{folder / 'words.db'}"
