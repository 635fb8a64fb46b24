"""Luigi tasks whose rebuilding Airflow is told of."""

from __future__ import annotations

import threading
from pathlib import Path

import luigi

from luigi_tasks.settings import folders


class Writes(luigi.Task):
    """Writes its file."""

    name = luigi.Parameter()
    pin = luigi.Parameter(default="", visibility=luigi.parameter.ParameterVisibility.PRIVATE)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"{self.task_family}_{self.name}"))

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(self.name)

    def first_time(self) -> bool:
        """Tell whether this task runs for the first time."""
        tried = Path(self.output().path).with_name(f"tried_{self.task_id}")
        if tried.exists():
            return False
        tried.parent.mkdir(parents=True, exist_ok=True)
        tried.touch()
        return True


class Seed(Writes):
    """Something to begin with."""


class Petal(Writes):
    """Grows from a seed."""

    def requires(self) -> luigi.Task:
        return Seed(name=self.name)


class Thorn(Writes):
    """Grows from a seed, at the second try."""

    def requires(self) -> luigi.Task:
        return Seed(name=self.name)

    def run(self) -> None:
        if self.first_time():
            raise ValueError("the first try fails")
        super().run()


class Bud(Writes):
    """Grows from a seed, but the first time says that it has begun, and takes a minute."""

    def requires(self) -> luigi.Task:
        return Seed(name=self.name)

    def run(self) -> None:
        if self.first_time():
            threading.Event().wait(60)
        super().run()


class Wreath(luigi.WrapperTask):
    """Many petals, each of its own seed."""

    name = luigi.Parameter()
    petals = luigi.IntParameter()

    def requires(self) -> list[luigi.Task]:
        return [Petal(name=f"{self.name}_{number}") for number in range(self.petals)]


class Grafted(luigi.Task):
    """Needs a seed, and what nobody brings."""

    name = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [Seed(name=self.name), Graft()]


class Graft(luigi.ExternalTask):
    """Never comes."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / "graft"))


class Found(luigi.ExternalTask):
    """Comes from outside."""

    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"found_{self.name}"))


class Polished(Writes):
    """Made of what comes from outside."""

    def requires(self) -> luigi.Task:
        return Found(name=self.name)


class PartitionedSeed(luigi.Task):
    """A seed for each day."""

    date = luigi.DateParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"seed_of_{self.date}"))

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write("seed")
