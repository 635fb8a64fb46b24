"""``python -m benchmarks.compare``: the command behind ``make compare``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click
from rich.console import Console

signal.signal(signal.SIGINT, signal.SIG_DFL)


def _names(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name.strip() for name in value.split(",") if name.strip()]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", callback=_names, metavar="SCENARIO,...", help="The scenarios.  [default: all]")
@click.option("--ways", callback=_names, metavar="WAY,...", help="The ways.  [default: all that are here]")
@click.option("--way-file", "way_files", multiple=True, type=click.Path(path_type=Path), help="More ways.")
@click.option("--dates", default=30, show_default=True, type=click.IntRange(2), help="Dates at once.")
@click.option("--tasks", default=500, show_default=True, type=click.IntRange(1), help="Tasks of the fan-out.")
@click.option(
    "--repeat", default=1, show_default=True, type=click.IntRange(1), help="Rounds; medians are shown."
)
@click.option(
    "--output",
    default=Path("comparison"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The report.",
)
@click.option(
    "--state",
    default=Path(".local/compare"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder to work in; what is in it is deleted.",
)
def main(
    only: list[str] | None,
    ways: list[str] | None,
    way_files: tuple[Path, ...],
    dates: int,
    tasks: int,
    repeat: int,
    output: Path,
    state: Path,
) -> None:
    """Run the same pipeline with several orchestrators, and report who was right, and at what cost."""
    from benchmarks.compare.command import compare
    from benchmarks.compare.rounds import Plan
    from benchmarks.compare.scenarios import SCENARIOS
    from benchmarks.compare.way import known_ways

    try:
        known = known_ways(way_files)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    plan = Plan(
        ways=[known[name] for name in _chosen("--ways", ways, list(known))],
        scenarios=[SCENARIOS[name] for name in _chosen("--only", only, list(SCENARIOS))],
        dates=dates,
        rounds=repeat,
    )
    sys.exit(compare(plan, state, output, tasks, Console()))


def _chosen(option: str, names: list[str] | None, known: list[str]) -> list[str]:
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise click.UsageError(f"{option}: there is no {', '.join(unknown)}. There are {', '.join(known)}.")
    return [name for name in known if names is None or name in names]


if __name__ == "__main__":
    main()
