"""All that was measured, and what it amounts to."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Self

from benchmarks import machine
from benchmarks.compare.meter import Cost
from benchmarks.compare.rounds import Plan
from benchmarks.compare.scenario import Measurement
from benchmarks.compare.way import Way
from benchmarks.result import Figure


@dataclass(frozen=True)
class WayFacts:
    """What is known of a way without running it.

    :param lines: lines on which code of its user begins; comments and docstrings are none
    """

    name: str
    title: str
    note: str
    lines: int


@dataclass(frozen=True)
class ScenarioFacts:
    """A scenario's name, what it is called in the report, and what there is to know of it."""

    name: str
    title: str
    note: str


@dataclass(frozen=True)
class Results:
    """All of one comparison.

    :param seconds: how long it took
    :param machine: what it ran on, and the versions
    """

    seconds: float
    machine: dict[str, Any]
    dates: int
    pieces: int
    rounds: int
    ways: list[WayFacts]
    scenarios: list[ScenarioFacts]
    measurements: list[Measurement]

    @classmethod
    def of(cls, plan: Plan, pieces: int, measurements: list[Measurement], seconds: float) -> Self:
        """Put together what was measured."""
        return cls(
            seconds=round(seconds, 1),
            machine=machine.describe(),
            dates=plan.dates,
            pieces=pieces,
            rounds=plan.rounds,
            ways=[WayFacts(way.name, way.title, way.note, _lines(way)) for way in plan.ways],
            scenarios=[
                ScenarioFacts(each.name, each.title.format(dates=plan.dates, pieces=pieces), each.note)
                for each in plan.scenarios
            ],
            measurements=measurements,
        )

    @property
    def where(self) -> str:
        """Say what it ran on."""
        found = self.machine
        versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
        return (
            f"{found['cores']} cores ({found['cpu']}), {found['memory_gb']:.0f} GB, {found['system']}, "
            f"Python {found['python']}, {versions}"
        )

    def seen(self, way: str, scenario: str) -> list[Measurement]:
        """Give the measurements of a way in a scenario, round by round."""
        return [each for each in self.measurements if (each.way, each.scenario) == (way, scenario)]

    def spread(self, way: str, scenario: str, figure: Callable[[Cost], float]) -> Figure | None:
        """Give the spread of one figure; None if it was not measured."""
        found = [figure(each.cost) for each in self.seen(way, scenario) if each.cost]
        return Figure.of(found) if found else None

    def to_json(self) -> str:
        """Give everything as JSON, with what follows from it."""
        found = asdict(self)
        for entry, measurement in zip(found["measurements"], self.measurements, strict=True):
            entry |= {"right": measurement.right, "silent": measurement.silent}
        return json.dumps(found, indent=1)


def _lines(way: type[Way]) -> int:
    return sum(code_lines(each) for each in way.code)


def code_lines(code: Path | str) -> int:
    """Count the lines on which code begins: of a Python file, or of a script that is given as text."""
    if isinstance(code, str):
        return sum(bool(line.strip()) for line in code.splitlines())
    tree = ast.parse(code.read_text())
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and ast.get_docstring(node) is not None
        and isinstance(node.body[0], ast.Expr)
    }
    nodes = (node for node in ast.walk(tree) if isinstance(node, (ast.expr, ast.stmt)))
    return len(
        {
            node.lineno
            for node in nodes
            if node not in docstrings and not (isinstance(node, ast.Expr) and node.value in docstrings)
        }
    )
