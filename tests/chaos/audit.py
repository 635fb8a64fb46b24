"""Compare what a build of the words pipeline has left with what it should have."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import sqlalchemy as sa

from luigi_tasks.words_count import daily_letter_count

WORDS = 500


@dataclass(frozen=True)
class Findings:
    """Numbers of what is wrong.

    :param losses: rows and files that a complete build ought to have left, and has not.
    :param duplicates: rows more than there should be.
    :param half_written: files under their final name with other content than they should have.
    :param disagreements: dates with a marker and not all of their rows, or with rows and no marker.
    """

    losses: int = 0
    duplicates: int = 0
    half_written: int = 0
    disagreements: int = 0

    def __add__(self, other: Findings) -> Findings:
        return Findings(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def words_of(date: dt.date) -> list[str]:
    """Give the words of a date; each date has others."""
    return [f"{date:%j}" + "x" * (number % 50) + str(number) for number in range(WORDS)]


def write_words(folder: Path, dates: Sequence[dt.date]) -> None:
    """Write the word lists of some dates."""
    (folder / "input").mkdir(parents=True)
    for date in dates:
        (folder / "input" / f"words_{date}.csv").write_text("\n".join(["words", *words_of(date), ""]))


class Audit:
    """What there is of some dates.

    :param folder: the folder of the inputs and the outputs.
    :param database: the database's URL.
    """

    def __init__(self, folder: Path, database: str, dates: Sequence[dt.date]) -> None:
        self._output = folder / "output"
        self._dates = dates
        self._rows, self._markers = _stored(database)

    def after_a_crash(self) -> Findings:
        """Find what must not be seen at any time: what is half there."""
        half_written = duplicates = disagreements = 0
        for date in self._dates:
            half_written += sum(
                file.exists() and file.read_text() != content for file, content in self._files(date).items()
            )
            expected = _rows_of(date) if date in self._markers else Counter()
            disagreements += self._rows.get(date, Counter()) != expected
            duplicates += (self._rows.get(date, Counter()) - _rows_of(date)).total()
        return Findings(half_written=half_written, duplicates=duplicates, disagreements=disagreements)

    def when_complete(self) -> Findings:
        """Find what is missing too."""
        losses = 0
        for date in self._dates:
            losses += sum(not file.exists() for file in self._files(date))
            losses += (_rows_of(date) - self._rows.get(date, Counter())).total()
            losses += date not in self._markers
        return self.after_a_crash() + Findings(losses=losses)

    def _files(self, date: dt.date) -> dict[Path, str]:
        words = words_of(date)
        counts = [f"{word},{len(word)}" for word in words]
        return {
            self._output / f"words_{date}.csv": "\n".join(["words", *words, ""]),
            self._output / f"count_{date}.csv": "\n".join(["words,letter_count", *counts, ""]),
        }


def _rows_of(date: dt.date) -> Counter[tuple[str, int]]:
    return Counter((word, len(word)) for word in words_of(date))


def _stored(database: str) -> tuple[dict[dt.date, Counter[tuple[str, int]]], set[dt.date]]:
    # One transaction, one moment: a server may be about to commit for a client that is dead.
    engine = sa.create_engine(database, poolclass=sa.NullPool, isolation_level="SERIALIZABLE")
    rows: dict[dt.date, Counter[tuple[str, int]]] = {}
    markers: set[dt.date] = set()
    with engine.begin() as connection:
        tables = sa.inspect(connection).get_table_names()
        if daily_letter_count.name in tables:
            for date, word, letters in connection.execute(sa.select(daily_letter_count)):
                rows.setdefault(date, Counter())[word, letters] += 1
        if "table_updates" in tables:
            ids = connection.execute(sa.text("select update_id from table_updates")).scalars()
            markers = {dt.date.fromisoformat(update_id.rpartition("_")[2]) for update_id in ids}
    return rows, markers
