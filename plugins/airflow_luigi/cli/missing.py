"""What is missing: the seam between a backfill and what knows which data is there."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
import luigi
from rich.table import Table

from airflow_luigi.core.secrets import mask
from airflow_luigi.core.sqla_compat import repair
from airflow_luigi.core.task_spec import bind


@dataclass(frozen=True)
class Look:
    """What was seen of one date.

    :param value: the date parameter's value.
    :param missing: whether there is something to make.
    :param builds: the families that Luigi would run, what is required first.
    """

    value: object
    missing: bool
    builds: tuple[str, ...]


def missing_dates(
    task_class: type[luigi.Task],
    params: Mapping[str, Any],
    date_param: str,
    values: Sequence[object],
    on_look: Callable[[], object] = lambda: None,
) -> list[Look]:
    """Look at the data of each date.

    A task without outputs that is not complete always runs: what it requires is asked instead.

    :param task_class: the root.
    :param params: its other parameters.
    :param date_param: its date parameter.
    :param values: the dates.
    :param on_look: called after each date.
    :return: one look for each date, in order.
    :raises TaskSpecError: the parameters don't make a task.
    :raises click.ClickException: a task can't say whether it is complete.
    """
    repair()
    found = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Task .* without outputs has no custom complete")
        for value in values:
            root = bind(task_class, {**params, date_param: value})
            missing, builds = _ask(root, {})
            found.append(Look(value, missing, tuple(dict.fromkeys(builds)) if missing else ()))
            on_look()
    return found


def _ask(task: luigi.Task, seen: dict[str, tuple[bool, list[str]]]) -> tuple[bool, list[str]]:
    if task.task_id in seen:
        return seen[task.task_id]
    try:
        if task.complete():
            seen[task.task_id] = (False, [])
            return seen[task.task_id]
        below = [_ask(each, seen) for each in task.deps()]
        always_runs = not luigi.task.flatten(task.output())
    except click.ClickException:
        raise
    except Exception as error:
        raise click.ClickException(
            f"{mask(str(task))} can't say whether it is complete: {type(error).__name__}: {mask(str(error))}"
        ) from error
    missing = any(each for each, _ in below) if always_runs else True
    families = [family for _, builds in below for family in builds]
    seen[task.task_id] = (missing, [*families, task.task_family])
    return seen[task.task_id]


def matrix(looks: Sequence[Look], shown: Callable[[object], str]) -> Table:
    """Draw what is there and what is missing.

    :param looks: the dates.
    :param shown: gives a date as text.
    """
    table = Table(box=None, pad_edge=False)
    for name in ("Date", "Data"):
        table.add_column(name)
    for each in looks:
        what = f"[red]missing[/red]: {', '.join(each.builds)}" if each.missing else "[green]complete[/green]"
        table.add_row(shown(each.value), what)
    return table
