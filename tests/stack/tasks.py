"""A Luigi graph with three parts that take as long as the test wants: Base <- Red, Green, Blue <- Whole."""

from __future__ import annotations

from pathlib import Path

import luigi

from luigi_tasks.settings import folders
from tests.e2e.luigid_tasks import Journaled, Shared

WAITING = ("Blue", "Green", "Red")
FAMILIES = ("Base", *WAITING, "Whole")


class Part(Journaled):
    """Something of a date."""

    name = luigi.Parameter(default="part")
    date = luigi.DateParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"{self.date}_{self.task_family}"))


class Base(Part):
    """What the others need."""


class Waiting(Part, Shared):
    """Ends when the file that lets it end is there."""

    def requires(self) -> luigi.Task:
        return Base(date=self.date)


class Red(Waiting):
    """One of three."""


class Green(Waiting):
    """One of three."""


class Blue(Waiting):
    """One of three."""


class Whole(Part):
    """All of it."""

    def requires(self) -> list[luigi.Task]:
        return [kind(date=self.date) for kind in (Red, Green, Blue)]


def ran(folder: Path, date: object) -> dict[str, int]:
    """Say how often each part of a date has begun."""
    journals = {family: folder / f"{date}_{family}.journal" for family in FAMILIES}
    return {family: len(path.read_text().splitlines()) for family, path in journals.items() if path.exists()}


def made(folder: Path, date: object) -> list[str]:
    """Give the parts of a date that are there."""
    return sorted(family for family in FAMILIES if (folder / f"{date}_{family}").exists())


def let_end(folder: Path, date: object) -> None:
    """Let those that wait end."""
    for family in WAITING:
        (folder / f"{date}_{family}.go").touch()
