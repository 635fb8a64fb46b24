"""What a benchmark has found: figures with their spread, ratios, and whether the goal is met."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """The median of what was measured, and how far it spread."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Sum up what was measured, once or more often."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Goal:
    """What a ratio is meant to be."""

    at_most: float | None = None
    at_least: float | None = None

    def met(self, ratio: float) -> bool:
        """Whether a ratio is as it is meant to be."""
        return (self.at_most is None or ratio <= self.at_most) and (
            self.at_least is None or ratio >= self.at_least
        )

    def __str__(self) -> str:
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


@dataclass(frozen=True)
class Row:
    """Two ways to do the same, measured in turn.

    :param seconds: how long each took, by its name.
    :param ratio: of each pair of measurements.
    :param goal: what the ratio is meant to be; None: it is told, and not judged.
    :param more: other figures, by their name.
    """

    label: str
    seconds: Mapping[str, Figure]
    ratio: Figure
    goal: Goal | None = None
    more: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the median of the ratios is as it is meant to be; None if nobody has said how."""
        return None if self.goal is None else self.goal.met(self.ratio.median)


def cost_row(
    label: str, peer: tuple[str, Sequence[float]], ours: tuple[str, Sequence[float]], **more: Any
) -> Row:
    """Give the row in which the ratio says how many times as long ours takes, pair by pair.

    :param peer: its name, and its seconds.
    :param ours: the same.
    """
    ratios = [one / other for one, other in zip(ours[1], peer[1], strict=True)]
    return Row(label, _seconds(peer, ours), Figure.of(ratios), **more)


def gain_row(
    label: str, peer: tuple[str, Sequence[float]], ours: tuple[str, Sequence[float]], **more: Any
) -> Row:
    """Give the row in which the ratio says how many times faster ours is, pair by pair."""
    ratios = [other / one for one, other in zip(ours[1], peer[1], strict=True)]
    return Row(label, _seconds(peer, ours), Figure.of(ratios), **more)


def _seconds(*ways: tuple[str, Sequence[float]]) -> dict[str, Figure]:
    return {name: Figure.of(seconds) for name, seconds in ways}


@dataclass(frozen=True)
class Result:
    """What one benchmark has found.

    :param compares: what with what, in a sentence.
    :param ratio: what the ratio of a row says, in a few words.
    :param notes: what else there is to say, a line each.
    """

    name: str
    compares: str
    ratio: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    @property
    def met(self) -> bool | None:
        """Whether every goal is met; None if there is none."""
        judged = [row.met for row in self.rows if row.met is not None]
        return all(judged) if judged else None

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON types."""
        rows = [
            {**asdict(row), "goal": str(row.goal) if row.goal else None, "met": row.met} for row in self.rows
        ]
        return {
            "name": self.name,
            "compares": self.compares,
            "ratio": self.ratio,
            "met": self.met,
            "rows": rows,
            "notes": list(self.notes),
        }


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Say how something grows: 1 if twice the size takes twice as long, 2 if it takes four times as long.

    It is the slope of the straight line through the points, both axes logarithmic.
    """
    slope: float = statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(each) for each in seconds]
    ).slope
    return slope
