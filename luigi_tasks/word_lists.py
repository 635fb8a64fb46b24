"""Read and write word lists: UTF-8 CSV files with a column ``words``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from luigi.target import FileSystemTarget

COLUMN = "words"


class WordListError(ValueError):
    """A word list can't be read; the message names the file and what would be right."""


def read_word_list(path: str | Path) -> pd.DataFrame:
    """Read a word list, words as they stand: ``null`` and ``NA`` are words too.

    :raises WordListError: no such file, not UTF-8, empty, no CSV, or no column ``words``.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise WordListError(
            f"{path}: the folder {path.parent} is not there. luigi.cfg names it: [folders] inputs."
        )
    try:
        frame: pd.DataFrame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WordListError(f"{path}: there is no such word list.") from error
    except UnicodeDecodeError as error:
        raise WordListError(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from error
    except pd.errors.EmptyDataError as error:
        raise WordListError(f"{path} is empty: its first line must name the column {COLUMN!r}.") from error
    except pd.errors.ParserError as error:
        raise WordListError(f"{path} is not a CSV file: {error}") from error
    if COLUMN not in frame.columns:
        found = ", ".join(map(repr, frame.columns))
        raise WordListError(f"{path} has no column {COLUMN!r}: its first line names {found}.")
    return frame


def read_csv(target: FileSystemTarget) -> pd.DataFrame:
    """Read a table that :func:`write_csv` has written, all of it as text."""
    with target.open("r") as file:
        frame: pd.DataFrame = pd.read_csv(file, dtype=str, keep_default_na=False)
    return frame


def write_csv(frame: pd.DataFrame, target: FileSystemTarget) -> None:
    """Write a table as CSV; the file appears when it is whole."""
    with target.open("w") as file:
        file.write(frame.to_csv(index=False))


def with_letter_counts(words: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``letter_count``."""
    counts: pd.DataFrame = words.assign(letter_count=words[COLUMN].str.len().astype(int))
    return counts
