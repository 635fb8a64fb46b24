"""The report's plots, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.compare.meter import Cost
from benchmarks.compare.results import Results

# Colours that differ in lightness too; wrong results are hatched.
COLOURS = ("#332288", "#88ccee", "#999933", "#cc6677", "#117733", "#ddcc77", "#aa4499")
BAR = 0.16


def plots(results: Results) -> dict[str, str]:
    """Give each plot's SVG by its name."""
    return {
        "wall_time": _bars(results, "Wall time, seconds", lambda cost: cost.wall),
        "cpu_time": _bars(results, "CPU time, seconds", lambda cost: cost.cpu),
    }


def _bars(results: Results, label: str, figure: Callable[[Cost], float]) -> str:
    height = max(2.0, 0.3 + BAR * 1.4 * len(results.scenarios) * (len(results.ways) + 1))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "report", "hatch.linewidth": 0.6}):
        drawing = Figure(figsize=(9, height), layout="constrained")
        axes = drawing.subplots()
        for number, way in enumerate(results.ways):
            places, lengths, wrong = [], [], []
            for row, scenario in enumerate(results.scenarios):
                spread = results.spread(way.name, scenario.name, figure)
                if spread is not None:
                    places.append(row + (number - (len(results.ways) - 1) / 2) * 0.8 / len(results.ways))
                    lengths.append(spread.median)
                    wrong.append(not all(each.right for each in results.seen(way.name, scenario.name)))
            bars = axes.barh(
                places,
                lengths,
                height=0.72 / len(results.ways),
                color=COLOURS[number % len(COLOURS)],
                label=way.name,
            )
            for bar, is_wrong, length in zip(bars, wrong, lengths, strict=True):
                if is_wrong:
                    bar.set(hatch="////", edgecolor="white")
                note = f" {length:.1f}{' wrong' if is_wrong else ''}"
                axes.text(length, bar.get_y() + bar.get_height() / 2, note, va="center", fontsize=7)
        axes.set_yticks(range(len(results.scenarios)), [each.title for each in results.scenarios])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(f"{label}, logarithmic")
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.12)
        drawing.legend(loc="outside upper center", ncols=min(5, len(results.ways)), frameon=False)
        text = io.StringIO()
        drawing.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]
