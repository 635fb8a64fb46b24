"""Results as tables, in words that say plainly what was missed."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.result import Figure, Result

VERDICTS = {True: "[green]met[/]", False: "[bold red]missed[/]", None: ""}


def show(result: Result, console: Console) -> None:
    """Print what was compared, and what was found."""
    console.print(f"\n[bold]{result.name}[/]: {result.compares}", highlight=False)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("")
    for name in [*result.rows[0].seconds, *result.rows[0].more, result.ratio]:
        table.add_column(name, justify="right")
    if result.met is not None:
        table.add_column("goal", no_wrap=True)
        table.add_column("", no_wrap=True)
    for row in result.rows:
        cells = [row.label, *(_time(figure) for figure in row.seconds.values())]
        cells += [f"{figure:,.3g}" if figure < 1000 else f"{figure:,.0f}" for figure in row.more.values()]
        cells.append(_spread(row.ratio, "{:.3f}" if row.ratio.median < 2 else "{:.1f}"))
        if result.met is not None:
            cells += [str(row.goal or ""), VERDICTS[row.met]]
        table.add_row(*cells)
    console.print(table)
    for note in result.notes:
        console.print(note, highlight=False)


def _time(figure: Figure) -> str:
    return _spread(figure, "{:.2f} s") if figure.median >= 1 else _spread(figure, "{:.0f} ms", 1000)


def _spread(figure: Figure, form: str, times: float = 1) -> str:
    """Give the median, and in brackets from where to where it went."""
    low, high = (form.format(each * times).split()[0] for each in (figure.low, figure.high))
    median = form.format(figure.median * times)
    return median if figure.low == figure.high else f"{median} ({low} to {high})"
