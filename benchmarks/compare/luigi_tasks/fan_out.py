"""Many small tasks that need nothing of each other."""

from __future__ import annotations

import os
from collections.abc import Iterator

import luigi
from luigi.target import FileSystemTarget

from benchmarks.compare.pipelines import PIECES_VARIABLE
from luigi_tasks.settings import database_parameter, output_target


class Piece(luigi.Task):
    """Writes its number to a file."""

    date = luigi.DateParameter()
    number = luigi.IntParameter()

    def output(self) -> FileSystemTarget:
        return output_target(f"piece_{self.date}_{self.number}.txt")

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(str(self.number))


class FanOut(luigi.WrapperTask):
    """All pieces of a date."""

    date = luigi.DateParameter()
    database = database_parameter()

    def requires(self) -> Iterator[luigi.Task]:
        for number in range(int(os.environ[PIECES_VARIABLE])):
            yield Piece(self.date, number)
