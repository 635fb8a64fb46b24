"""Group the Luigi tasks of a graph into nodes, and find a node's tasks again in the graph of another date."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import inspect
import json
import re
from collections.abc import Collection
from typing import Any

import luigi
from luigi import date_interval

from airflow_luigi.core.dates import moment
from airflow_luigi.core.graph import Graph
from airflow_luigi.core.nodes import Node, Part, reachable
from airflow_luigi.core.outdated import asks_more_than_outputs
from airflow_luigi.core.report import task_name
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import learn_task
from airflow_luigi.core.worker import is_external

_VALUES_IN_ID = 3
_VALUE_LENGTH = 16


Group = tuple[Node, list[str]]
"""A node, but for what it requires, and luigi's ids of its tasks."""


def by_family(graph: Graph, whole: Part) -> list[Group]:
    """Group a graph's tasks by family; families that require each other are one group.

    :param whole: the whole graph as a part.
    """
    edges: dict[str, set[str]] = {}
    members: dict[str, list[str]] = {}
    for task_id, task in graph.tasks.items():
        members.setdefault(task.task_family, []).append(task_id)
        required = {graph.tasks[each].task_family for each in graph.requires[task_id]}
        edges.setdefault(task.task_family, set()).update(required)
    below = {family: reachable(edges, family) for family in edges}
    groups: dict[tuple[str, ...], list[str]] = {}
    for family, task_ids in members.items():
        cycle = {other for other in below[family] if family in below[other]} | {family}
        groups.setdefault(tuple(sorted(cycle)), []).extend(task_ids)
    return [
        (
            _node(
                _fit("--".join(families)),
                ", ".join(families),
                dataclasses.replace(whole, families=families),
                [graph.tasks[each] for each in task_ids],
            ),
            task_ids,
        )
        for families, task_ids in groups.items()
    ]


def by_task(graph: Graph, whole: Part, constant: Collection[str]) -> list[Group]:
    """Make each of a graph's tasks a group of its own.

    :param whole: the whole graph as a part.
    :param constant: luigi's ids of the tasks that are the same for all dates.
    """
    groups = []
    for task_id, task in graph.tasks.items():
        run = None if task_id in constant else _run(graph, whole)
        key, name = task_key(task, run), _name(task, run)
        node_id = _fit(f"{_in_id(name)}_{key.rpartition(':')[2]}")
        groups.append((_node(node_id, name, dataclasses.replace(whole, key=key), [task]), [task_id]))
    return groups


def tasks_of(part: Part, graph: Graph) -> list[luigi.Task]:
    """Give a part's tasks in a run's graph, in the order in which they were found."""
    if part.key is None:
        return [task for task in graph if task.task_family in part.families]
    run = _run(graph, part)
    return [task for task in graph if part.key in (task_key(task, None), task_key(task, run))]


def _run(graph: Graph, part: Part) -> dt.datetime | None:
    """Give the date of the run that a graph is of."""
    return moment(getattr(next(iter(graph)), part.date_param)) if part.date_param else None


def _node(node_id: str, name: str, part: Part, tasks: list[luigi.Task]) -> Node:
    families = tuple(sorted({task.task_family for task in tasks}))
    return Node(
        id=node_id,
        name=name,
        part=part,
        families=families,
        requires=(),
        external=all(is_external(task) for task in tasks),
        asks=any(asks_more_than_outputs(task) for task in tasks),
        doc=inspect.getdoc(type(tasks[0])) or "" if len(families) == 1 else "",
    )


def task_key(task: luigi.Task, run: dt.datetime | None) -> str:
    """Name a task so that the one at its place in another run's graph has the same name.

    It is the family and a digest of the parameters that count and are public, as luigi's task id is. Dates
    are counted from the run's: ``D-1`` is the day before it, ``M0`` its month.
    """
    params = json.dumps(_params(task, run), sort_keys=True)
    digest = hashlib.sha256(f"{task.task_family} {params}".encode()).hexdigest()[:10]
    return f"{task.task_family}:{digest}"


def _params(task: luigi.Task, run: dt.datetime | None) -> dict[str, str]:
    texts: dict[str, str] = task.to_str_params(only_significant=True, only_public=True)
    if run is not None:
        for name, parameter in task.get_params():
            if name in texts and (text := _offset(parameter, getattr(task, name), run)) is not None:
                texts[name] = text
    return texts


def _name(task: luigi.Task, run: dt.datetime | None) -> str:
    redactor = Redactor()
    learn_task(redactor, task)
    return task_name(task.task_family, redactor.public_params(_params(task, run)))


def _in_id(name: str) -> str:
    """Give the family and the first values, as luigi's task id has them."""
    family, _, params = name.removesuffix(")").partition("(")
    values = [param.partition("=")[2][:_VALUE_LENGTH] for param in params.split(", ")[:_VALUES_IN_ID]]
    return "_".join([family, *filter(None, values)])


def _offset(parameter: Any, value: Any, run: dt.datetime) -> str | None:
    """Say how far a value of a date parameter is from a run's date; None for anything else."""
    if isinstance(parameter, luigi.MonthParameter) and isinstance(value, dt.date):
        return f"M{_months(value) - _months(run)}"
    if isinstance(parameter, luigi.YearParameter) and isinstance(value, dt.date):
        return f"Y{value.year - run.year}"
    if isinstance(parameter, luigi.DateParameter) and isinstance(value, dt.date):
        return f"D{(value - run.date()).days}"
    if isinstance(value, dt.datetime) and hasattr(parameter, "interval"):
        return f"S{int((value - parameter.normalize(run)).total_seconds())}"
    if isinstance(value, date_interval.DateInterval):
        own: Any = _interval_like(value, run.date())
        if own is None:
            return f"D{(value.date_a - run.date()).days}-{(value.date_b - run.date()).days}"
        return f"{type(value).__name__}{round((value.date_a - own.date_a) / (own.date_b - own.date_a))}"
    return None


def _months(date: dt.date) -> int:
    return date.year * 12 + date.month


def _interval_like(value: Any, day: dt.date) -> Any:
    return None if isinstance(value, date_interval.Custom) else type(value).from_date(day)


def _fit(node_id: str) -> str:
    """Give a text as Airflow takes it for an id."""
    return re.sub(r"[^\w.-]+", "_", node_id, flags=re.ASCII)
