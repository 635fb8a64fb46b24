"""Luigi tasks that tests wait for."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import luigi
from luigi.parameter import ParameterVisibility

from luigi_tasks.settings import folders

logger = logging.getLogger("wait.tasks")


def place(name: str) -> Path:
    """Give a file in the folder that tests and tasks share."""
    folder = folders().outputs
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder, name)


class Parcel(luigi.ExternalTask):
    """A file that somebody else brings."""

    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(place(f"parcel_{self.name}")))


class Unpack(luigi.Task):
    """Needs two parcels, and something that can be made without them."""

    name = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [Knife(self.name), Parcel(f"{self.name}_1"), Parcel(f"{self.name}_2")]

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(place(f"unpacked_{self.name}")))

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(sys.executable)


class Knife(luigi.Task):
    """Needs nothing."""

    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(place(f"knife_{self.name}")))

    def run(self) -> None:
        self.output().open("w").close()


class Moody(luigi.ExternalTask):
    """Is as a file of its name says, and notes who asks."""

    name = luigi.Parameter()
    number = luigi.IntParameter(default=0)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(place(f"mood_{self.name}")))

    def complete(self) -> bool:
        with place(f"asked_{self.name}").open("a") as asked:
            asked.write(f"{os.getpid()} {self.number}\n")
        mood = Path(self.output().path)
        said = mood.read_text() if mood.exists() else "no"
        if said == "raise":
            raise ConnectionError(f"{self.name} is not in the mood")
        if said == "crash":
            os._exit(9)
        if said == "warn":
            logger.warning("%s warns", self.name)
        if said == "print":
            print("printed loudly")
        while said == "hang":
            time.sleep(1)
        return said == "yes"


class Row(luigi.ExternalTask):
    """A row of a table in a named database, which it asks for by name."""

    database = luigi.Parameter()
    name = luigi.Parameter()

    def complete(self) -> bool:
        from airflow_luigi.core.connections import connect

        with connect(self.database) as connection:
            found = connection.exec_driver_sql(
                f"SELECT 1 FROM waited_rows WHERE name = '{self.name}'"
            ).first()
        return found is not None


class Secretive(Parcel):
    """Has a secret for a parameter."""

    phrase = luigi.Parameter(visibility=ParameterVisibility.PRIVATE)
