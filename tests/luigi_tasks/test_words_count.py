"""The dated pipeline: the article's "Luigi Parameters" and "SQL Tasks"."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from airflow_luigi.core.build import build
from airflow_luigi.core.connections import engine
from luigi_tasks.words_count import Count, PrintCounts, StoreCounts, Words, daily_letter_count
from tests.luigi_tasks.conftest import Folders, ran

REPOSITORY = Path(__file__).resolve().parents[2]
DAY, NEXT_DAY = dt.date(2026, 11, 1), dt.date(2026, 11, 2)


def rows(database: str, day: dt.date | None = None) -> list[tuple[Any, ...]]:
    table = daily_letter_count
    query = sa.select(table.c.words, table.c.letter_count).order_by(table.c.date, table.c.words)
    if day:
        query = query.where(table.c.date == day)
    with engine(database).connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def markers(database: str) -> set[str]:
    with engine(database).connect() as connection:
        return set(connection.execute(sa.text("select update_id from table_updates")).scalars())


def test_a_date_is_in_the_names_of_its_files(folders: Folders) -> None:
    folders.put("words.csv", "apple", "banana", "grapefruit")
    assert ran(build(Count(DAY))) == ["Count", "Words"]
    assert sorted(path.name for path in folders.output.iterdir()) == [
        "count_2026-11-01.csv",
        "words_2026-11-01.csv",
    ]
    assert (folders.output / "count_2026-11-01.csv").read_text() == (
        "words,letter_count\napple,5\nbanana,6\ngrapefruit,10\n"
    )


def test_a_date_that_is_complete_is_not_run_again_and_another_date_is(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    build(Count(DAY))
    assert ran(build(Count(DAY))) == []
    assert ran(build(Count(NEXT_DAY))) == ["Count", "Words"]


def test_a_date_with_its_own_word_list_uses_it(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    folders.put("words_2026-11-02.csv", "null", "NA", "Äpfel", "smörgås")
    build([Count(DAY), Count(NEXT_DAY)])
    assert (folders.output / "count_2026-11-01.csv").read_text() == "words,letter_count\napple,5\n"
    assert (folders.output / "count_2026-11-02.csv").read_text(encoding="utf-8") == (
        "words,letter_count\nnull,4\nNA,2\nÄpfel,5\nsmörgås,7\n"
    )


def test_rows_of_a_date_replace_that_dates_rows_only(folders: Folders, database_url: str) -> None:
    folders.put("words.csv", "apple")
    folders.put("words_2026-11-02.csv", "fig", "plum")
    for day in (DAY, NEXT_DAY):
        build(PrintCounts(day, database_url))
    assert rows(database_url) == [("apple", 5), ("fig", 3), ("plum", 4)]
    folders.put("words_2026-11-02.csv", "damson")
    for target in (Words(NEXT_DAY).output(), Count(NEXT_DAY).output()):
        target.remove()
    assert ran(build(PrintCounts(NEXT_DAY, database_url))) == ["Count", "PrintCounts", "StoreCounts", "Words"]
    assert rows(database_url, DAY) == [("apple", 5)]
    assert rows(database_url, NEXT_DAY) == [("damson", 6)]
    assert markers(database_url) == {"daily_letter_count_2026-11-01", "daily_letter_count_2026-11-02"}


def test_of_a_complete_date_only_the_print_runs(
    folders: Folders, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folders.put("words.csv", "apple")
    assert ran(build(PrintCounts(DAY, database_url))) == ["Count", "PrintCounts", "StoreCounts", "Words"]
    capsys.readouterr()
    assert ran(build(PrintCounts(DAY, database_url))) == ["PrintCounts"]
    assert re.search(r"2026-11-01 +apple +5\n", capsys.readouterr().out)


def test_a_deleted_count_is_made_and_loaded_again(folders: Folders, database_url: str) -> None:
    folders.put("words.csv", "apple")
    build(PrintCounts(DAY, database_url))
    Count(DAY).output().remove()
    assert ran(build(PrintCounts(DAY, database_url))) == ["Count", "PrintCounts", "StoreCounts"]
    assert rows(database_url) == [("apple", 5)]


def test_a_deleted_marker_row_is_loaded_again_without_duplicates(folders: Folders, database_url: str) -> None:
    folders.put("words.csv", "apple")
    build(PrintCounts(DAY, database_url))
    StoreCounts(DAY, database_url).output().remove()
    assert ran(build(PrintCounts(DAY, database_url))) == ["PrintCounts", "StoreCounts"]
    assert rows(database_url) == [("apple", 5)]


def test_without_a_database_the_rows_go_into_a_sqlite_file_in_the_output_folder(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    assert build(PrintCounts(DAY)).status == "SUCCESS"
    assert rows(f"sqlite:///{folders.output}/words.db") == [("apple", 5)]


def test_an_empty_list_with_a_header_is_a_date_without_rows(folders: Folders, database_url: str) -> None:
    folders.put("words.csv")
    assert build(PrintCounts(DAY, database_url)).status == "SUCCESS"
    assert rows(database_url) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"fruit\napple\n", "words.csv has no column 'words': its first line names 'fruit'."),
        (b"", "words.csv is empty: its first line must name the column 'words'."),
        (b"words\ncr\xe8me\n", "words.csv is not UTF-8: invalid continuation byte at byte"),
        (b'words\n"apple\n', "words.csv is not a CSV file"),
        (None, "words.csv: there is no such word list."),
    ],
)
def test_a_word_list_that_cannot_be_read_is_named_and_nothing_is_written(
    folders: Folders, content: bytes | None, says: str
) -> None:
    if content is not None:
        (folders.input / "words.csv").write_bytes(content)
    report = build(PrintCounts(DAY))
    (failed,) = [task for task in report.tasks if task.state.value == "failed"]
    assert failed.family == "Words"
    assert says in str(failed.error)
    assert list(folders.output.glob("*")) == []


def test_a_missing_input_folder_is_named(folders: Folders) -> None:
    folders.input.rmdir()
    (failed,) = [task for task in build(Words(DAY)).tasks if task.state.value == "failed"]
    assert f"the folder {folders.input} is not there" in str(failed.error)


def test_it_runs_without_airflow_as_the_readme_says(folders: Folders) -> None:
    folders.put("words.csv", "apple")
    config = folders.input.parent / "luigi.cfg"
    config.write_text(f"[folders]\ninputs = {folders.input}\noutputs = {folders.output}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}",
        "LUIGI_CONFIG_PATH": str(config),
    }
    luigi_command = Path(sys.executable).with_name("luigi")
    result = subprocess.run(
        [
            *(luigi_command, "--module", "luigi_tasks.words_count", "PrintCounts"),
            *("--date", "2026-11-01", "--local-scheduler"),
        ],
        env=environment,
        cwd=folders.input.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"2026-11-01 +apple +5\n", result.stdout)
    assert "4 ran successfully" in result.stderr
