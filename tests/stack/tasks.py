"""A Luigi graph with three parts that take as long as the test wants: Base <- Red, Green, Blue <- Whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import luigi
import sqlalchemy as sa

from airflow_luigi.core.marker import MarkerTableTarget
from local_airflow.waiting import wait_for
from luigi_tasks.settings import folders

WAITING = ("Blue", "Green", "Red")
FAMILIES = ("Base", *WAITING, "Whole")
ROWS = 20

stack_rows = sa.Table(
    "stack_rows",
    sa.MetaData(),
    sa.Column("date", sa.Date, nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
)


class Part(luigi.Task):
    """Something of a date: notes each run in a journal, and writes its file."""

    date = luigi.DateParameter()

    @property
    def place(self) -> Path:
        return Path(folders().outputs, f"{self.date}_{self.task_family}")

    def output(self) -> Any:
        return luigi.LocalTarget(str(self.place))

    def run(self) -> None:
        with self.place.with_suffix(".journal").open("a") as journal:
            journal.write("ran\n")
        self.make()

    def make(self) -> None:
        """Write the file."""
        with self.output().open("w") as file:
            file.write("made")


class Base(Part):
    """What the others need."""


class Waiting(Part):
    """Ends when the file that lets it end is there."""

    def requires(self) -> luigi.Task:
        return Base(date=self.date)

    def make(self) -> None:
        self.wait()
        super().make()

    def wait(self) -> None:
        """Wait for the file."""
        wait_for("the word to end", self.place.with_suffix(".go").exists, deadline=120, every=0.1)


class Red(Waiting):
    """One of three, which has loaded half of its rows when it waits."""

    def output(self) -> MarkerTableTarget:
        return MarkerTableTarget(
            database="words_db", target_table=stack_rows.name, update_id=f"{stack_rows.name}_{self.date}"
        )

    def make(self) -> None:
        rows = [{"date": self.date, "number": number} for number in range(ROWS)]
        with self.output().load(stack_rows) as connection:
            connection.execute(stack_rows.insert(), rows[: ROWS // 2])
            self.wait()
            connection.execute(stack_rows.insert(), rows[ROWS // 2 :])


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


def made(folder: Path, date: object) -> set[str]:
    """Give the parts of a date whose file is there."""
    return {family for family in FAMILIES if (folder / f"{date}_{family}").exists()}


def stored(database: sa.URL, date: object) -> tuple[int, int]:
    """Give how many rows and how many markers a date has."""
    rows = sa.select(sa.func.count()).where(stack_rows.c.date == date)
    markers = sa.text("select count(*) from table_updates where update_id = :id")
    engine = sa.create_engine(database)
    try:
        with engine.connect() as connection:
            marked = connection.execute(markers, {"id": f"{stack_rows.name}_{date}"})
            return connection.execute(rows).scalar_one(), marked.scalar_one()
    finally:
        engine.dispose()


def let_end(folder: Path, date: object) -> None:
    """Let those that wait end."""
    for family in WAITING:
        (folder / f"{date}_{family}.go").touch()
