"""A matrix of dates x families as a table to read, in a terminal or a log."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from airflow_luigi.core.dates import moment
from airflow_luigi.core.matrix import Matrix, State

_WORDS = {
    State.COMPLETE: ("complete", "green"),
    State.MISSING: ("missing", "bold red"),
    State.MISSING_EXTERNAL: ("external missing", "bold magenta"),
    State.ERROR: ("error", "bold red reverse"),
    State.GONE: ("gone", "yellow"),
    State.ALWAYS_RUNS: ("always runs", "dim"),
    State.ABSENT: ("", "dim"),
}
_MARKS = {
    State.COMPLETE: "+",
    State.MISSING: "-",
    State.MISSING_EXTERNAL: "x",
    State.ERROR: "!",
    State.GONE: "o",
    State.ALWAYS_RUNS: "~",
    State.ABSENT: "",
}
# With more families than that, a cell is a mark.
_FAMILIES_IN_WORDS = 6
_NAMED_ERRORS = 5
_LOG_WIDTH = 160

PERIODS: dict[str, str] = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
"""What dates can be grouped by, and how such a group is written."""


def matrix_table(
    matrix: Matrix, *, by: str | None = None, rows: Sequence[int] | None = None
) -> RenderableType:
    """Draw a matrix: dates down, families across; what it comes to, and what went wrong, below.

    :param by: one of :data:`PERIODS`, to have a row for each, with counts; default: a row for each date.
    :param rows: the numbers of the dates to show; default: all.
    """
    numbers = range(len(matrix.dates)) if rows is None else rows
    parts: list[RenderableType] = []
    if numbers:
        parts.append(_by_period(matrix, PERIODS[by], numbers) if by else _by_date(matrix, numbers))
        if not by and len(matrix.families) > _FAMILIES_IN_WORDS:
            legend = "   ".join(f"{mark} {_WORDS[state][0]}" for state, mark in _MARKS.items() if mark)
            parts.append(Text(legend, style="dim"))
    parts += [Text(line) for line in error_lines(matrix)]
    parts.append(Text(summary(matrix)))
    return Group(*parts)


def table_text(matrix: Matrix, *, max_rows: int = 50) -> str:
    """Give a matrix as plain text for a log, cut to what isn't complete if it has many dates.

    :param max_rows: the most dates to show.
    """
    rows = list(range(len(matrix.dates)))
    lines = []
    if len(rows) > max_rows:
        wanted = [number for number in rows if matrix.verdicts[number] is not State.COMPLETE]
        rows = wanted[:max_rows]
        what = f"the first {max_rows} of {len(wanted)}" if len(wanted) > max_rows else "those"
        lines.append(f"Of {len(matrix.dates)} dates, {what} that are not complete:" if rows else "")
    console = Console(file=io.StringIO(), width=_LOG_WIDTH, color_system=None)
    with console.capture() as capture:
        console.print(matrix_table(matrix, rows=rows))
    return "\n".join([*filter(None, lines), *map(str.rstrip, capture.get().splitlines())])


def summary(matrix: Matrix) -> str:
    """Say in a line what a matrix comes to."""
    totals = matrix.totals()
    said = [f"{totals['complete']} complete", f"{totals['missing']} missing"]
    if totals["error"]:
        said.append(f"{totals['error']} unknown for an error")
    dates = len(matrix.dates)
    return f"{dates} {'date' if dates == 1 else 'dates'} of {matrix.task}: {', '.join(said)}."


def error_lines(matrix: Matrix) -> list[str]:
    """Say what went wrong; what is the same for several dates, once."""
    dates: dict[tuple[int, str], list[int]] = {}
    for (date, family), text in matrix.errors.items():
        dates.setdefault((family, text), []).append(date)
    lines = []
    for (family, text), numbers in list(dates.items())[:_NAMED_ERRORS]:
        others = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        lines.append(f"{matrix.families[family]}, {matrix.dates[numbers[0]]}{others}: {text}")
    if len(dates) > _NAMED_ERRORS:
        lines.append(f"... and {len(dates) - _NAMED_ERRORS} more errors")
    return lines


def _by_date(matrix: Matrix, numbers: Sequence[int]) -> Table:
    table = _table(matrix, matrix.date_param)
    in_words = len(matrix.families) <= _FAMILIES_IN_WORDS
    for number in numbers:
        cells = [_cell(matrix, number, family, in_words) for family in range(len(matrix.families))]
        verdict = matrix.verdicts[number]
        table.add_row(
            Text(matrix.dates[number], "" if verdict is State.COMPLETE else _WORDS[verdict][1]), *cells
        )
    return table


def _cell(matrix: Matrix, number: int, family: int, in_words: bool) -> Text:
    state = matrix.state(number, family)
    word, style = _WORDS[state]
    text = word if in_words else _MARKS[state]
    count = matrix.counts.get((number, family))
    if count is not None and count[0] < count[1]:
        text = f"{text} {count[0]}/{count[1]}"
    return Text(text, style)


def _by_period(matrix: Matrix, form: str, numbers: Sequence[int]) -> Table:
    table = _table(matrix, matrix.date_param)
    table.add_column("missing dates", justify="right")
    name = _namer(form)
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(name(matrix.values[number]), []).append(number)
    for period, dates in groups.items():
        missing = sum(matrix.verdicts[number] is State.MISSING for number in dates)
        cells = [_count(matrix, family, dates) for family in range(len(matrix.families))]
        table.add_row(Text(period), *cells, Text(str(missing), "bold red" if missing else "green"))
    return table


def _count(matrix: Matrix, family: int, dates: Sequence[int]) -> Text:
    states = Counter(matrix.state(number, family) for number in dates)
    del states[State.ABSENT]
    worst = next((state for state in State if states[state]), State.ABSENT)
    if worst in (State.ALWAYS_RUNS, State.ABSENT):
        return Text(*_WORDS[worst])
    return Text(f"{states[State.COMPLETE] + states[State.ALWAYS_RUNS]}/{states.total()}", _WORDS[worst][1])


def _table(matrix: Matrix, name: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(name, no_wrap=True)
    for family in matrix.families:
        table.add_column(family, overflow="fold")
    return table


def _namer(form: str) -> Callable[[Any], str]:
    def name(value: Any) -> str:
        when = moment(value)
        assert isinstance(when, dt.datetime)
        return when.strftime(form)

    return name
