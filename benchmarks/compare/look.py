"""What is there for a date, seen from outside: no way is asked what it has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from benchmarks.compare.world import World

STEPS = ("Words", "Count", "StoreCounts")
Row = tuple[str, int]


@dataclass(frozen=True)
class Made:
    """What one step has left.

    :param content: what it says, in whatever form can be compared; None: nothing is there
    :param written: changes whenever it is written, whatever the content
    """

    content: object = None
    written: object = None


@dataclass(frozen=True)
class Day:
    """All that is there for one date."""

    words: Made
    count: Made
    rows: Made

    def written_since(self, before: Day) -> tuple[str, ...]:
        """Name the steps whose work was written anew."""
        pairs = zip(STEPS, self._made(), before._made(), strict=True)
        return tuple(step for step, now, then in pairs if now.written not in (None, then.written))

    def findings(self, wanted: Expected) -> list[str]:
        """Say what is not as it should be; nothing if all is right."""
        found = [
            _compare("words file", self.words.content, wanted.words),
            _compare("count file", self.count.content, wanted.count),
        ]
        rows = self.rows.content or Counter[Row]()
        assert isinstance(rows, Counter)
        missing, surplus = wanted.rows - rows, rows - wanted.rows
        twice = sum(count for row, count in surplus.items() if row in wanted.rows)
        wrong = surplus.total() - twice
        counts = ((missing.total(), "rows missing"), (twice, "rows twice"), (wrong, "wrong rows"))
        return [each for each in found if each] + [f"{count} {what}" for count, what in counts if count]

    def stale(self, old: Expected) -> tuple[str, ...]:
        """Name the steps whose work is still that of an older input."""
        pairs = zip(STEPS, self._made(), (old.words, old.count, old.rows), strict=True)
        return tuple(step for step, now, then in pairs if now.content == then)

    def _made(self) -> tuple[Made, Made, Made]:
        return self.words, self.count, self.rows


@dataclass(frozen=True)
class Expected:
    """What has to be there, worked out from the word list alone."""

    words: str
    count: str
    rows: Counter[Row]


def expected(world: World, day: date) -> Expected:
    """Work out what a date's word list leads to."""
    words = world.word_list(day).read_text().split("\n")[1:-1]
    return Expected(
        words="\n".join(["words", *words, ""]),
        count="\n".join(["words,letter_count", *(f"{word},{len(word)}" for word in words), ""]),
        rows=Counter((word, len(word)) for word in words),
    )


def look(world: World, days: Sequence[date]) -> dict[date, Day]:
    """Look at dates."""
    rows = _rows(world, days)
    return {
        day: Day(
            _file(world.outputs / f"words_{day}.csv"),
            _file(world.outputs / f"count_{day}.csv"),
            rows.get(day, Made()),
        )
        for day in days
    }


def markers(world: World, day: date) -> int:
    """Count the rows of a date in the marker table."""
    query = sa.text("SELECT count(*) FROM table_updates WHERE update_id LIKE :of_day")
    with world.engine.connect() as connection:
        if not sa.inspect(connection).has_table("table_updates"):
            return 0
        return int(connection.execute(query, {"of_day": f"%{day}%"}).scalar_one())


def half_written(world: World) -> list[str]:
    """Name the files that are neither the pipeline's nor whole: what a kill has left beside them."""
    return sorted(path.name for path in world.outputs.iterdir() if path.suffix not in (".csv", ".txt"))


def _rows(world: World, days: Sequence[date]) -> dict[date, Made]:
    # PostgreSQL notes in xmin which transaction has written a row.
    query = sa.text(
        "SELECT date, words, letter_count, xmin::text FROM daily_letter_count WHERE date = ANY(:days)"
    )
    content: dict[date, Counter[Row]] = {}
    written: dict[date, set[str]] = {}
    with world.engine.connect() as connection:
        if not sa.inspect(connection).has_table("daily_letter_count"):
            return {}
        for day, word, letters, transaction in connection.execute(query, {"days": list(days)}):
            content.setdefault(day, Counter())[word, letters] += 1
            written.setdefault(day, set()).add(transaction)
    return {day: Made(content[day], frozenset(written[day])) for day in content}


def _file(path: Path) -> Made:
    try:
        status = path.stat()
        return Made(path.read_text(), (status.st_ino, status.st_mtime_ns))
    except FileNotFoundError:
        return Made()


def _compare(what: str, found: object, wanted: str) -> str:
    if found is None:
        return f"{what} missing"
    return "" if found == wanted else f"{what} wrong"
