"""Pipelines whose graphs have a shape of their own. Each task writes one file, and a line in a journal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import luigi

from local_airflow.waiting import wait_for
from luigi_tasks.settings import folders


class Written(luigi.Task):
    """Has one file, named after the task."""

    folder = luigi.Parameter(significant=False, default="")

    def path(self, name: str) -> Path:
        folder = Path(self.folder) if self.folder else folders().outputs / "graphs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(self.path(self.task_id)))

    def run(self) -> Any:
        with self.path("journal").open("a") as journal:
            journal.write(f"{self.task_id.rpartition('_')[0]}\n")
        with self.output().open("w") as file:
            file.write("made")


class Dated(Written):
    date = luigi.DateParameter()

    def on(self, family: type[Dated], *, days: int = 0) -> Dated:
        return family(folder=self.folder, date=self.date + dt.timedelta(days=days))


class Top(Dated):
    """A diamond: Top needs Left and Right, which both need Bottom."""

    def requires(self) -> dict[str, luigi.Task]:
        return {"left": self.on(Left), "right": self.on(Right)}


class Left(Dated):
    def requires(self) -> list[luigi.Task]:
        return [self.on(Bottom)]


class Right(Dated):
    def requires(self) -> luigi.Task:
        return self.on(Bottom)


class Bottom(Dated):
    pass


class Fan(Dated):
    """Needs many of one family."""

    leaves = luigi.IntParameter(default=1000)

    def requires(self) -> Any:
        return (Twig(folder=self.folder, date=self.date, number=number) for number in range(self.leaves))


class Twig(Dated):
    number = luigi.IntParameter()


class Running(Dated):
    """Needs its own yesterday, back to the first day, or for ever."""

    first = luigi.OptionalParameter(default=None, significant=False)

    def requires(self) -> list[luigi.Task]:
        needed: list[luigi.Task] = [self.on(Bottom)]
        if str(self.date) != self.first:
            yesterday = self.date - dt.timedelta(days=1)
            needed.append(Running(folder=self.folder, date=yesterday, first=self.first))
        return needed


class Ping(Dated):
    """Needs yesterday's Pong, which needs its day's Ping, for three days."""

    def requires(self) -> Any:
        return self.on(Pong, days=-1) if self.date.day > 2 else []


class Pong(Dated):
    def requires(self) -> Any:
        return self.on(Ping)


class Monthly(Written):
    """Needs every day of its month, and what is there once and for all."""

    month = luigi.MonthParameter()

    def requires(self) -> list[luigi.Task]:
        first = self.month
        following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        days = (first + dt.timedelta(days=number) for number in range((following - first).days))
        return [Calendar(folder=self.folder), *(EveryDay(folder=self.folder, date=day) for day in days)]


class EveryDay(Dated):
    def requires(self) -> luigi.Task:
        return Calendar(folder=self.folder)


class Calendar(Written):
    """Knows no date."""


class Week(Dated):
    """Needs the last seven days: some of them are in the graphs of other dates as well."""

    def requires(self) -> list[luigi.Task]:
        return [self.on(Bottom, days=-number) for number in range(7)]


class Fortnight(Dated):
    """Needs the day two weeks before."""

    def requires(self) -> list[luigi.Task]:
        return [self.on(Bottom), self.on(Bottom, days=-14)]


class MonthOf(Dated):
    """Needs a roll-up of the month in which its date lies."""

    def requires(self) -> luigi.Task:
        return Monthly(folder=self.folder, month=self.date)


class Dynamic(Dated):
    """Finds out what it needs when it runs."""

    def requires(self) -> luigi.Task:
        return self.on(Bottom)

    def run(self) -> Any:
        yield [Found(folder=self.folder, date=self.date, number=number) for number in range(3)]
        super().run()


class Found(Dated):
    number = luigi.IntParameter()


class Strict(Dated):
    """Is complete only if what it needs is, as StoreCounts."""

    def complete(self) -> bool:
        return all(each.complete() for each in luigi.task.flatten(self.requires())) and super().complete()


class Raw(Dated):
    pass


class Cooked(Strict):
    def requires(self) -> luigi.Task:
        return self.on(Raw)


class Served(Strict):
    def requires(self) -> luigi.Task:
        return self.on(Cooked)


class Late(luigi.ExternalTask):
    """Comes from outside."""

    folder = luigi.Parameter(significant=False, default="")
    date = luigi.DateParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder or folders().outputs}/late_{self.date}")


class NeedsLate(Dated):
    def requires(self) -> list[luigi.Task]:
        return [Late(folder=self.folder, date=self.date), self.on(Bottom)]


class AllOf(luigi.WrapperTask):
    folder = luigi.Parameter(significant=False, default="")
    date = luigi.DateParameter()

    def requires(self) -> list[luigi.Task]:
        return [family(folder=self.folder, date=self.date) for family in (Left, Raw)]


class Secretive(luigi.Task):
    """Names its parameters, and says no more."""

    url = luigi.Parameter()
    word = luigi.Parameter(default="", visibility=luigi.parameter.ParameterVisibility.PRIVATE)

    def requires(self) -> Any:
        raise ValueError(f"no {self.url}, no {self.word}")


class Careless(luigi.Task):
    def requires(self) -> Any:
        return ["Bottom"]


class Snake(Dated):
    def requires(self) -> luigi.Task:
        return self.on(Tail)


class Tail(Dated):
    def requires(self) -> luigi.Task:
        return self.on(Snake)


class Twisted(Dated):
    """Needs first what needs what it needs next."""

    def requires(self) -> list[luigi.Task]:
        return [self.on(Bottom), self.on(Left)]


class Meeting(Dated):
    """Needs two that each wait for the other to begin."""

    def requires(self) -> list[luigi.Task]:
        return [self.on(Here), self.on(There)]


class Meets(Dated):
    def run(self) -> None:
        self.path(f"{self.task_family}_{self.date}_begun").touch()
        other = "There" if self.task_family == "Here" else "Here"
        wait_for("the other", self.path(f"{other}_{self.date}_begun").exists, bool, deadline=60, every=0.05)
        super().run()


class Here(Meets):
    pass


class There(Meets):
    pass


class NeedsBroken(Dated):
    def requires(self) -> list[luigi.Task]:
        return [self.on(Broken), self.on(Bottom)]


class Broken(Dated):
    """Fails until somebody has mended it."""

    def run(self) -> None:
        if not self.path(f"mended_{self.date}").exists():
            raise ValueError("it is broken")
        super().run()
