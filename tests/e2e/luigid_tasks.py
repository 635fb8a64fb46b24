"""Luigi tasks of several Airflow tasks that share one luigid."""

from __future__ import annotations

from pathlib import Path

import luigi

from local_airflow.waiting import wait_for
from luigi_tasks.settings import folders


class Journaled(luigi.Task):
    """Notes each run in a journal, and writes its file."""

    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"luigid_{self.name}"))

    def run(self) -> None:
        path = Path(self.output().path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f"{path.name}.journal").open("a") as journal:
            journal.write("ran\n")
        self.work()
        with self.output().open("w") as file:
            file.write("made")

    def work(self) -> None:
        """Take no time."""


class Shared(Journaled):
    """Takes as long as the file that lets it end is not there."""

    def work(self) -> None:
        """Wait for the file."""
        go = Path(f"{self.output().path}.go")
        wait_for("the word to end", go.exists, bool, deadline=120, every=0.1)


class Needs(Journaled):
    """Needs what others need too."""

    shared = luigi.Parameter()

    def requires(self) -> luigi.Task:
        return Shared(name=self.shared)


class Dated(Journaled):
    """A day of something that needs an undated task."""

    date = luigi.DateParameter()

    def requires(self) -> luigi.Task:
        return Shared(name=self.name)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / f"luigid_{self.name}_{self.date}"))
