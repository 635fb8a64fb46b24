"""What LuigiOperator adds to a bare ``luigi.build`` of the same tasks."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.flat_graph import measure_builds
from benchmarks.result import Goal, Result, cost_row

TASKS = 1000
GOAL = Goal(at_most=1.05)


def measure(rounds: int, say: Callable[[str], None], *, tasks: int = TASKS) -> Result:
    """Build a flat graph both ways.

    :param say: is told how far it is.
    """
    say(f"{tasks:,} tasks")
    ours, bare = measure_builds(tasks, rounds)
    return Result(
        name="overhead",
        compares="LuigiOperator, against a bare luigi.build in the same kind of process: one task that "
        "requires many that only note in memory that they ran. CPU seconds, both at the same time.",
        ratio="times as long",
        rows=[cost_row(f"{tasks:,} tasks", ("luigi.build", bare), ("LuigiOperator", ours), goal=GOAL)],
    )
