"""The pipeline of :mod:`luigi_tasks.words_count`, with the date's word list as an external task."""

from __future__ import annotations

import luigi

from luigi_tasks import words_count
from luigi_tasks.settings import folders


class WordList(luigi.ExternalTask):
    """The words of a date, which somebody else puts there."""

    task_namespace = "arriving"
    date = luigi.DateParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().inputs / f"words_{self.date}.csv"))


class Words(words_count.Words):
    """The words of a date, as soon as they are there."""

    task_namespace = "arriving"

    def requires(self) -> luigi.Task:
        return WordList(self.date)


class Count(words_count.Count):
    """How many letters each of them has."""

    task_namespace = "arriving"

    def requires(self) -> luigi.Task:
        return Words(self.date)


class StoreCounts(words_count.StoreCounts):
    """The counts as rows."""

    task_namespace = "arriving"

    def requires(self) -> luigi.Task:
        return Count(self.date)


class PrintCounts(words_count.PrintCounts):
    """Prints the rows."""

    task_namespace = "arriving"

    def requires(self) -> luigi.Task:
        return StoreCounts(self.date, self.database)
