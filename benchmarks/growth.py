"""How a build grows with its graph. It is luigi's own scheduler that looks at all tasks for each one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from benchmarks.flat_graph import measure_builds
from benchmarks.result import Result, Row, cost_row, exponent

SIZES = (100, 1000, 4000)
# A graph of so many tasks takes a minute: it is built once.
LARGE = 4000
MEDIUM, MEDIUM_ROUNDS = 1000, 3


def measure(rounds: int, say: Callable[[str], None], *, sizes: Sequence[int] = SIZES) -> Result:
    """Build flat graphs of several sizes both ways.

    :param say: is told how far it is.
    """
    rows = []
    for size in sizes:
        say(f"{size:,} tasks")
        times = 1 if size >= LARGE else min(rounds, MEDIUM_ROUNDS) if size >= MEDIUM else rounds
        ours, bare = measure_builds(size, times)
        rows.append(cost_row(f"{size:,} tasks", ("luigi.build", bare), ("LuigiOperator", ours)))
        for name, figure in list(rows[-1].seconds.items()):
            rows[-1].more[f"{name}, ms a task"] = figure.median / size * 1000
    return Result(
        name="growth",
        compares="LuigiOperator, against a bare luigi.build, for flat graphs of several sizes, as in "
        "'overhead'. It is luigi's own scheduler that looks at every task each time it gives one out.",
        ratio="times as long",
        rows=rows,
        notes=[_growth(rows, sizes, name) for name in ("luigi.build", "LuigiOperator")],
    )


def _growth(rows: Sequence[Row], sizes: Sequence[int], name: str) -> str:
    steps = [
        f"{exponent(two, [row.seconds[name].median for row in of]):.2f} from {two[0]:,} to {two[1]:,}"
        for two, of in zip(pairwise(sizes), pairwise(rows), strict=True)
    ]
    return f"{name} grows with the number of tasks to the power of {', '.join(steps)}."
