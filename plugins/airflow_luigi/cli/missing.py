"""Which dates of a Luigi task are missing, and what Luigi would build for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import luigi
from rich.console import Console

from airflow_luigi.cli.bars import Bar
from airflow_luigi.core.completeness import completeness
from airflow_luigi.core.matrix import Matrix, State

_BUILT = (State.MISSING, State.MISSING_EXTERNAL, State.ALWAYS_RUNS)


def look(
    task_class: type[luigi.Task],
    params: Mapping[str, Any],
    date_param: str,
    values: Sequence[object],
    console: Console,
) -> Matrix:
    """Look at the data of each date.

    :param task_class: the root.
    :param params: its other parameters.
    :param date_param: its date parameter.
    :param values: the dates.
    :param console: where progress is drawn.
    :raises TaskSpecError: the parameters don't make a task.
    :raises click.ClickException: an error hides whether a date is there.
    """
    with Bar(console, "Looking at the data", len(values)) as bar:
        matrix = completeness(
            task_class,
            params,
            date_param,
            dates=values,
            on_progress=lambda step, done, total: bar.show(done * len(values) // (total or 1), step),
        )
    if matrix.unknown:
        number = matrix.values.index(matrix.unknown[0])
        reason = next(text for (date, _), text in matrix.errors.items() if date == number)
        raise click.ClickException(f"{matrix.task} of {matrix.dates[number]} can't be asked: {reason}")
    return matrix


def built(matrix: Matrix) -> dict[object, list[str]]:
    """Give the missing dates, each with the families that Luigi would build, what is required first."""
    missing = set(matrix.missing)
    return {
        value: [
            name
            for number, name in reversed([*enumerate(matrix.families)])
            if matrix.state(date, number) in _BUILT
        ]
        for date, value in enumerate(matrix.values)
        if value in missing
    }
