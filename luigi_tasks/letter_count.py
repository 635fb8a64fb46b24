"""ExternalWords <- CountLetters <- StoreSQL <- PrintSQL: undated, driven by when ``words.csv`` changed.

luigi --module luigi_tasks.letter_count PrintSQL --local-scheduler
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import luigi
import pandas as pd
import sqlalchemy as sa
from luigi.target import FileSystemTarget

from airflow_luigi.core.freshness import FreshnessMixin
from airflow_luigi.core.marker import MarkerTableTarget
from luigi_tasks.settings import database_or_default, database_parameter, folders, output_target
from luigi_tasks.word_lists import read_csv, read_word_list, with_letter_counts, write_csv


class ExternalWords(luigi.ExternalTask):
    """The words, which somebody else puts there."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().inputs / "words.csv"))


class CountLetters(FreshnessMixin, luigi.Task):
    """How many letters each word has; made again when the words are newer."""

    def requires(self) -> luigi.Task:
        return ExternalWords()

    def output(self) -> FileSystemTarget:
        return output_target("count_letters.csv")

    def run(self) -> None:
        words = read_word_list(self.input().path)
        write_csv(with_letter_counts(words), self.output())


class StoreSQL(luigi.Task):
    """The counts as a table, which each load replaces.

    Its marker's id is the time at which the counts were made, and the table's name.
    """

    database = database_parameter()
    target_table = luigi.Parameter(default="letter_count")

    def requires(self) -> luigi.Task:
        return CountLetters()

    @property
    def update_id(self) -> str:
        return f"{_modified(self.input())}_{self.target_table}"

    def output(self) -> MarkerTableTarget:
        return MarkerTableTarget(
            database=database_or_default(self.database),
            target_table=self.target_table,
            update_id=self.update_id,
        )

    def complete(self) -> bool:
        return self.requires().complete() and self.output().exists()

    def run(self) -> None:
        counts = read_csv(self.input()).astype({"letter_count": int})
        table = sa.Table(
            self.target_table,
            sa.MetaData(),
            sa.Column("words", sa.Text, nullable=False),
            sa.Column("letter_count", sa.Integer, nullable=False),
        )
        with self.output().load(table) as connection:
            connection.execute(table.delete())
            counts.to_sql(table.name, connection, if_exists="append", index=False)


class PrintSQL(luigi.Task):
    """Prints both tables. It has no output, is never complete, and so always runs."""

    database = database_parameter()
    target_table = luigi.Parameter(default="letter_count")

    def requires(self) -> luigi.Task:
        return StoreSQL(self.database, self.target_table)

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        with self.input().engine.connect() as connection:
            print("// Letter Count Table")
            print(pd.read_sql_table(self.target_table, connection).to_string(index=False), end="\n\n")
            print("// Marker Table")
            print(pd.read_sql_table("table_updates", connection).to_string(index=False))


def _modified(target: FileSystemTarget) -> str:
    """Say when a file was modified, in UTC: ``2026-11-01 13:59:26.000000001``; S3 knows whole seconds."""
    if not target.exists():
        return "never"
    if isinstance(target, luigi.LocalTarget):
        seconds, nanoseconds = divmod(Path(target.path).stat().st_mtime_ns, 10**9)
    else:
        seconds, nanoseconds = int(target.fs.get_key(target.path).last_modified.timestamp()), 0
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S}.{nanoseconds:09}"
