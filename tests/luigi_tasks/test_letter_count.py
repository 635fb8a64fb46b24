"""The undated pipeline: the article's "External Tasks", "Alternate Complete Method" and "SQL Tasks"."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from airflow_luigi.core.build import build
from airflow_luigi.core.connections import engine
from airflow_luigi.core.report import TaskState
from luigi_tasks.letter_count import CountLetters, ExternalWords, PrintSQL, StoreSQL
from tests.luigi_tasks.conftest import Folders, ran

ALL = ["CountLetters", "PrintSQL", "StoreSQL"]


def table(database: str, name: str) -> list[tuple[Any, ...]]:
    with engine(database).connect() as connection:
        return sorted(tuple(row) for row in connection.execute(sa.text(f"select * from {name}")))


def test_missing_words_end_the_build_gracefully(folders: Folders) -> None:
    report = build(CountLetters())
    assert report.status == "MISSING_EXT"
    (words,) = report.in_state(TaskState.MISSING_EXTERNAL)
    assert (words.family, words.error) == ("ExternalWords", f"missing: {folders.input}/words.csv")


def test_words_that_have_come_are_complete(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    assert ExternalWords().complete()


def test_letters_are_counted_again_only_when_the_words_are_newer(folders: Folders) -> None:
    folders.put("words.csv", "apple", "banana", "grapefruit")
    assert ran(build(CountLetters())) == ["CountLetters"]
    assert ran(build(CountLetters())) == []
    folders.put("words.csv", "apple", "banana", "grapefruit", "cherry", "orange")
    assert ran(build(CountLetters())) == ["CountLetters"]
    assert (folders.output / "count_letters.csv").read_text().count("\n") == 6


def test_the_table_is_replaced_and_each_update_leaves_a_marker(
    folders: Folders, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folders.put("words.csv", "apple", "banana")
    assert ran(build(PrintSQL(database_url))) == ALL
    folders.put("words.csv", "apple", "peach", "strawberry")
    assert ran(build(PrintSQL(database_url))) == ALL
    assert table(database_url, "letter_count") == [("apple", 5), ("peach", 5), ("strawberry", 10)]
    assert len(table(database_url, "table_updates")) == 2
    capsys.readouterr()
    assert ran(build(PrintSQL(database_url))) == ["PrintSQL"]
    assert len(table(database_url, "table_updates")) == 2
    printed = capsys.readouterr().out
    assert "// Letter Count Table" in printed
    assert "strawberry" in printed
    assert "// Marker Table" in printed
    assert "_letter_count" in printed


def test_the_update_id_is_the_inputs_time_to_the_nanosecond_and_the_table(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    build(CountLetters())
    counts = CountLetters().output().path
    os.utime(counts, ns=(0, 1_603_720_766_000_000_001))
    assert StoreSQL().update_id == "2020-10-26 13:59:26.000000001_letter_count"


def test_two_updates_within_one_second_are_two(folders: Folders, database_url: str) -> None:
    folders.put("words.csv", "apple")
    build(PrintSQL(database_url))
    counts = Path(CountLetters().output().path)
    before = counts.stat().st_mtime_ns
    os.utime(counts, ns=(before, before + 1_000))
    assert ran(build(PrintSQL(database_url))) == ["PrintSQL", "StoreSQL"]
    assert len(table(database_url, "table_updates")) == 2


def test_two_tables_in_one_database_are_kept_apart(folders: Folders, database_url: str) -> None:
    folders.put("words.csv", "apple")
    build([PrintSQL(database_url), PrintSQL(database_url, "other_count")])
    assert table(database_url, "other_count") == table(database_url, "letter_count") == [("apple", 5)]


def test_storing_is_incomplete_while_the_words_are_missing(folders: Folders) -> None:
    assert not StoreSQL().complete()
    assert list(folders.output.glob("*")) == []
