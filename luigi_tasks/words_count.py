"""Words <- Count <- StoreCounts <- PrintCounts, for one date.

luigi --module luigi_tasks.words_count PrintCounts --date 2026-11-01 --local-scheduler
"""

from __future__ import annotations

import luigi
import pandas as pd
import sqlalchemy as sa
from luigi.target import FileSystemTarget

from airflow_luigi.core.marker import MarkerTableTarget
from luigi_tasks.settings import database_or_default, database_parameter, folders, output_target
from luigi_tasks.word_lists import COLUMN, read_csv, read_word_list, with_letter_counts, write_csv

daily_letter_count = sa.Table(
    "daily_letter_count",
    sa.MetaData(),
    sa.Column("date", sa.Date, nullable=False, index=True),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("letter_count", sa.Integer, nullable=False),
)


class Words(luigi.Task):
    """The words of a date: its own list where there is one, else the list for all dates."""

    date = luigi.DateParameter()

    def output(self) -> FileSystemTarget:
        return output_target(f"words_{self.date}.csv")

    def run(self) -> None:
        own_list = folders().inputs / f"words_{self.date}.csv"
        words = read_word_list(own_list if own_list.exists() else folders().inputs / "words.csv")
        write_csv(words[[COLUMN]], self.output())


class Count(luigi.Task):
    """How many letters each word of a date has."""

    date = luigi.DateParameter()

    def requires(self) -> luigi.Task:
        return Words(self.date)

    def output(self) -> FileSystemTarget:
        return output_target(f"count_{self.date}.csv")

    def run(self) -> None:
        words = read_csv(self.input())
        write_csv(with_letter_counts(words), self.output())


class StoreCounts(luigi.Task):
    """The counts of a date as rows of ``daily_letter_count``; they replace that date's rows and no others.

    It is complete when the counts are, and their marker is there: when a count file is made again, its rows
    are loaded again.
    """

    date = luigi.DateParameter()
    database = database_parameter()

    def requires(self) -> luigi.Task:
        return Count(self.date)

    def output(self) -> MarkerTableTarget:
        return MarkerTableTarget(
            database=database_or_default(self.database),
            target_table=daily_letter_count.name,
            update_id=f"{daily_letter_count.name}_{self.date}",
        )

    def complete(self) -> bool:
        return self.requires().complete() and self.output().exists()

    def run(self) -> None:
        counts = read_csv(self.input()).astype({"letter_count": int}).assign(date=self.date)
        with self.output().load(daily_letter_count) as connection:
            connection.execute(daily_letter_count.delete().where(daily_letter_count.c.date == self.date))
            counts.to_sql(daily_letter_count.name, connection, if_exists="append", index=False)


class PrintCounts(luigi.Task):
    """Prints what is stored for a date. It has no output, is never complete, and so always runs."""

    date = luigi.DateParameter()
    database = database_parameter()

    def requires(self) -> luigi.Task:
        return StoreCounts(self.date, self.database)

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        table = daily_letter_count
        rows = sa.select(table).where(table.c.date == self.date).order_by(table.c.words)
        with self.input().engine.connect() as connection:
            print(f"// {table.name}, {self.date}")
            print(pd.read_sql(rows, connection).to_string(index=False))
