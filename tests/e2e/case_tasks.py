"""Luigi tasks that the end-to-end tests' DAGs build."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import luigi

from luigi_tasks.settings import folders

logger = logging.getLogger("luigi-interface")


class ShowDate(luigi.Task):
    """Takes the run's date, in any precision, and always runs."""

    date = luigi.DateParameter(default=None)  # type: ignore[arg-type]
    month = luigi.MonthParameter(default=None)  # type: ignore[arg-type]
    hour = luigi.DateHourParameter(default=None)  # type: ignore[arg-type]
    minute = luigi.DateMinuteParameter(default=None)  # type: ignore[arg-type]
    interval = luigi.DateIntervalParameter(default=None)  # type: ignore[arg-type]
    note = luigi.Parameter(default="")
    database = luigi.Parameter(default="")

    def complete(self) -> bool:
        return False


class Leaf(luigi.Task):
    """Writes its file, or fails."""

    name = luigi.Parameter()
    fails = luigi.BoolParameter(default=False)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"leaf_{self.name}"))

    def run(self) -> None:
        if self.fails:
            raise ValueError(f"leaf {self.name} is rotten")
        logger.warning("leaf %s grows", self.name)
        with self.output().open("w") as file:
            file.write(self.name)


class ForgetsOutput(Leaf):
    """Returns without having written its file."""

    def run(self) -> None:
        pass


class NeedsExternal(luigi.Task):
    """Needs a file that somebody else writes."""

    def requires(self) -> luigi.Task:
        return Delivery()


class Delivery(luigi.ExternalTask):
    """A file that never comes."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / "delivery.csv"))


class Tree(luigi.WrapperTask):
    """Many leaves."""

    name = luigi.Parameter()
    leaves = luigi.IntParameter()

    def requires(self) -> list[luigi.Task]:
        return [Leaf(name=f"{self.name}{number}") for number in range(self.leaves)]


class Sleeps(luigi.Task):
    """Says that it has begun, and in which process, and then takes a minute."""

    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"slept_{self.name}"))

    def run(self) -> None:
        begun = Path(self.output().path).with_name(f"begun_{self.name}")
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.write_text(str(os.getpid()))
        threading.Event().wait(60)
        with self.output().open("w") as file:
            file.write(self.name)


class AfterSleep(luigi.Task):
    """Comes after a task that sleeps."""

    name = luigi.Parameter()

    def requires(self) -> luigi.Task:
        return Sleeps(self.name)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"after_{self.name}"))

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(self.name)
