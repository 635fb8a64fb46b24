"""Dates x families: what was there when somebody looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class State(Enum):
    """What a family's tasks are for one date; of several tasks with different ones, the first of these."""

    ERROR = "error"
    MISSING_EXTERNAL = "missing_external"
    MISSING = "missing"
    GONE = "gone"
    """Missing, but what requires it is complete: Luigi would not make it."""
    ALWAYS_RUNS = "always_runs"
    COMPLETE = "complete"
    ABSENT = "absent"
    """The date has no task of this family."""

    @property
    def code(self) -> str:
        """The state as one character."""
        return _CODES[self]


_CODES = {
    State.ERROR: "E",
    State.MISSING_EXTERNAL: "X",
    State.MISSING: "M",
    State.GONE: "G",
    State.ALWAYS_RUNS: "A",
    State.COMPLETE: "C",
    State.ABSENT: ".",
}
CODES: Mapping[str, State] = {code: state for state, code in _CODES.items()}


@dataclass(frozen=True, slots=True)
class Marker:
    """A row of a marker table, see :class:`~airflow_luigi.core.marker.MarkerTableTarget`.

    :param database: the database's name or URL, without a password.
    :param table: the table that was loaded.
    :param update_id: what was loaded.
    :param inserted: when, as the marker table has it: local time, without a timezone.
    """

    database: str
    table: str
    update_id: str
    inserted: str | None


@dataclass(frozen=True)
class Matrix:
    """What is complete and what is missing, for dates x families.

    :param task: the root's family.
    :param date_param: the parameter that the dates are of.
    :param families: the families, the root's first, then in the order in which they are required.
    :param values: the dates, as values of the parameter.
    :param dates: the dates, as Luigi's command line takes them.
    :param verdicts: for each date, whether it is there: complete, missing or error.
    :param states: for each date the codes of the families' states, see :attr:`State.code`.
    :param counts: (number of the date, of the family) -> how many of its tasks are done, of how many; only
        for a family that has another number of tasks than one. Those that always run count as done.
    :param errors: (number of the date, of the family) -> what went wrong, in one line.
    :param asked_at: when it was asked, in UTC.
    :param seconds: how long that took.
    :param markers: the markers that were found, the newest first; not those of luigi's ``SQLAlchemyTarget``,
        which are asked for one by one.
    """

    task: str
    date_param: str
    families: tuple[str, ...]
    values: tuple[Any, ...]
    dates: tuple[str, ...]
    verdicts: tuple[State, ...]
    states: tuple[str, ...]
    counts: Mapping[tuple[int, int], tuple[int, int]]
    errors: Mapping[tuple[int, int], str]
    asked_at: dt.datetime
    seconds: float
    markers: tuple[Marker, ...] = ()

    @property
    def missing(self) -> tuple[Any, ...]:
        """The dates that are missing, as values of the parameter, in order."""
        return self._values_of(State.MISSING)

    @property
    def missing_dates(self) -> tuple[str, ...]:
        """The dates that are missing, as Luigi's command line takes them, in order."""
        return tuple(
            date for date, verdict in zip(self.dates, self.verdicts, strict=True) if verdict is State.MISSING
        )

    @property
    def unknown(self) -> tuple[Any, ...]:
        """The dates of which an error hides whether they are there, as values of the parameter, in order."""
        return self._values_of(State.ERROR)

    def state(self, date: int, family: int) -> State:
        """Give the state of a family for a date, both by their numbers."""
        return CODES[self.states[date][family]]

    def totals(self) -> dict[str, int]:
        """Give the number of dates by verdict."""
        return {
            state.value: self.verdicts.count(state) for state in (State.COMPLETE, State.MISSING, State.ERROR)
        }

    def to_json(self) -> dict[str, Any]:
        """Give it in JSON types, with a mapping for each date."""
        return {
            "task": self.task,
            "date_param": self.date_param,
            "asked_at": self.asked_at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "totals": self.totals(),
            "families": list(self.families),
            "missing": list(self.missing_dates),
            "dates": [self._date_to_json(number) for number in range(len(self.dates))],
        }

    def compact(
        self, *, max_dates: int = 4_000, max_cells: int = 40_000, max_errors: int = 20
    ) -> dict[str, Any]:
        """Give it in JSON types, one character a cell.

        :param max_dates: the most dates. Of a larger matrix the oldest are left out, and ``omitted`` says how
            many; ``totals`` counts all.
        :param max_cells: the most cells, dates x families.
        :param max_errors: the most texts of errors.
        """
        kept = min(len(self.dates), max_dates, max_cells // len(self.families))
        first = len(self.dates) - kept
        errors = [(key, text) for key, text in self.errors.items() if key[0] >= first]
        return {
            "task": self.task,
            "date_param": self.date_param,
            "asked_at": self.asked_at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "totals": self.totals(),
            "codes": {code: state.value for code, state in CODES.items()},
            "families": list(self.families),
            "dates": list(self.dates[first:]),
            "verdicts": "".join(verdict.code for verdict in self.verdicts[first:]),
            "states": list(self.states[first:]),
            "counts": [
                [date - first, family, *count]
                for (date, family), count in self.counts.items()
                if date >= first and count[0] < count[1]
            ],
            "errors": [[date - first, family, text] for (date, family), text in errors[:max_errors]],
            "omitted": first,
        }

    def compact_markers(self, *, most: int = 2_000) -> dict[str, Any]:
        """Give the markers in JSON types: a list of database, table, update id and time for each.

        :param most: the most markers. The oldest are left out, and ``omitted`` says how many.
        """
        return {
            "asked_at": self.asked_at.isoformat(timespec="seconds"),
            "markers": [
                [each.database, each.table, each.update_id, each.inserted] for each in self.markers[:most]
            ],
            "omitted": max(0, len(self.markers) - most),
        }

    def _values_of(self, wanted: State) -> tuple[Any, ...]:
        return tuple(
            value for value, verdict in zip(self.values, self.verdicts, strict=True) if verdict is wanted
        )

    def _date_to_json(self, number: int) -> dict[str, Any]:
        families = {name: self.state(number, family).value for family, name in enumerate(self.families)}
        found: dict[str, Any] = {
            "date": self.dates[number],
            "verdict": self.verdicts[number].value,
            "families": families,
        }
        if counts := {
            name: list(self.counts[number, family])
            for family, name in enumerate(self.families)
            if (number, family) in self.counts
        }:
            found["counts"] = counts
        if errors := {
            name: self.errors[number, family]
            for family, name in enumerate(self.families)
            if (number, family) in self.errors
        }:
            found["errors"] = errors
        return found
