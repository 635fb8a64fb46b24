"""What it costs a build to be published while it runs, so that a page can show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.flat_graph import measure_publishing
from benchmarks.result import Goal, Result, cost_row

SIZES = (500, 2000)
GOAL = Goal(at_most=1.01)


def measure(rounds: int, say: Callable[[str], None], *, sizes: Sequence[int] = SIZES) -> Result:
    """Build flat graphs with and without.

    :param say: is told how far it is.
    """
    rows = []
    for size in sizes:
        say(f"{size:,} tasks")
        published, silent = measure_publishing(size, rounds)
        rows.append(cost_row(f"{size:,} tasks", ("silent", silent), ("published", published), goal=GOAL))
    return Result(
        name="publishing",
        compares="A build that is published every two seconds or less often, against one that is not: flat "
        "graphs, as in 'overhead'. CPU seconds, both at the same time.",
        ratio="times as long",
        rows=rows,
    )
