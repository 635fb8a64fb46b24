"""Luigi tasks whose outputs are files, for the tests of the backfill."""

from __future__ import annotations

import threading
from pathlib import Path

import luigi

from luigi_tasks.settings import folders


class Dated(luigi.Task):
    """Writes a file for its date, with a new line for each run."""

    name = luigi.Parameter()

    def stem(self) -> str:
        """Give the date as text."""
        raise NotImplementedError

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / self.name / f"{self.stem()}.txt"))

    def run(self) -> None:
        runs = Path(self.output().path).with_suffix(".runs")
        runs.parent.mkdir(parents=True, exist_ok=True)
        with runs.open("a") as file:
            file.write("run\n")
        with self.output().open("w") as file:
            file.write(self.stem())


class EachDay(Dated):
    """A file for each day."""

    date = luigi.DateParameter()

    def stem(self) -> str:
        return str(self.date)


class Hourly(Dated):
    """A file for each hour."""

    hour = luigi.DateHourParameter()

    def stem(self) -> str:
        return f"{self.hour:%Y-%m-%dT%H}"


class Weekly(Dated):
    """A file for each week."""

    week = luigi.DateIntervalParameter()

    def stem(self) -> str:
        return str(self.week)


class Slow(EachDay):
    """A file for each day, when the file ``go`` is there."""

    def run(self) -> None:
        go = Path(self.output().path).with_name("go")
        while not go.exists():
            threading.Event().wait(0.1)
        super().run()


class Failing(EachDay):
    """A file for each day, but not for the second of a month."""

    def run(self) -> None:
        if self.date.day == 2:
            raise ValueError(f"{self.date} can't be made")
        super().run()


class Summary(luigi.Task):
    """Has no output, and always runs, after a file for its date."""

    name = luigi.Parameter()
    date = luigi.DateParameter()

    def requires(self) -> luigi.Task:
        return EachDay(name=self.name, date=self.date)

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        print(f"{self.name} {self.date}")
