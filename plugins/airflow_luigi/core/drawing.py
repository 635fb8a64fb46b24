"""Draw a Luigi task's graph for one date, as nodes that stand for those of all dates."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import luigi

from airflow_luigi.core.config import LuigiConfig, luigi_settings
from airflow_luigi.core.dates import RunDate, date_value
from airflow_luigi.core.graph import Graph, walk
from airflow_luigi.core.grouping import by_family, by_task
from airflow_luigi.core.nodes import Node, Part
from airflow_luigi.core.task_spec import TaskSpecError, bind, load_task_class

_STEPS = (
    dt.timedelta(seconds=1),
    dt.timedelta(minutes=1),
    dt.timedelta(hours=1),
    dt.timedelta(days=1),
    dt.timedelta(days=7),
    dt.timedelta(days=31),
    dt.timedelta(days=366),
)
# No pipeline's window reaches so far, and no month or year is the same.
_FAR = dt.timedelta(days=20 * 365 + 100)
_TRIED_DISTANCES = 3


def draw(
    luigi_task: str | type[luigi.Task],
    values: Mapping[str, Any],
    *,
    run_date_param: str | None = None,
    date: dt.datetime | None = None,
    granularity: str = "family",
    cut: Collection[str] = (),
    luigi_config: LuigiConfig | None = None,
) -> list[Node]:
    """Give the nodes of a Luigi task's graph, what is required first.

    :param values: parameter name -> value, as :func:`airflow_luigi.core.task_spec.bind` takes them.
    :param run_date_param: the parameter that a run's date goes into.
    :param date: the date that the graph is drawn for; needed with ``run_date_param``.
    :param granularity: ``"family"``, a node for each family, or ``"task"``, a node for each task.
    :param cut: see :func:`airflow_luigi.core.graph.walk`.
    :raises TaskSpecError: the task can't be made, or its graph can't be walked.
    """
    with luigi_settings(luigi_config or {}):
        graphs = _Graphs(load_task_class(luigi_task), values, run_date_param, date, cut)
        graph = graphs.at(dt.timedelta())
        if unknown := sorted(set(cut) - {task.task_family for task in graph}):
            raise TaskSpecError(f"cut names {unknown[0]!r}, which is no family of the graph.")
        whole = Part(date_param=graphs.date_param, cut=tuple(cut))
        if granularity == "family":
            groups = by_family(graph, whole)
        else:
            groups = by_task(graph, whole, graphs.constant(graph))
        shared = graphs.shared(graph)
        node_of = {task_id: node.id for node, task_ids in groups for task_id in task_ids}
        nodes = {}
        for node, task_ids in groups:
            required = {node_of[each] for task_id in task_ids for each in graph.requires[task_id]} - {node.id}
            in_others = not shared.isdisjoint(task_ids)
            nodes[node.id] = dataclasses.replace(node, requires=tuple(sorted(required)), shared=in_others)
        return [nodes[each] for each in _required_first(nodes)]


def _required_first(nodes: Mapping[str, Node]) -> list[str]:
    try:
        return list(TopologicalSorter({node.id: node.requires for node in nodes.values()}).static_order())
    except CycleError as error:
        cycle = " <- ".join(nodes[each].name for each in error.args[1])
        raise TaskSpecError(f"Tasks require each other: {cycle}.") from None


class _Graphs:
    """The graphs of a task for several dates."""

    def __init__(
        self,
        task_class: type[luigi.Task],
        values: Mapping[str, Any],
        run_date_param: str | None,
        date: dt.datetime | None,
        cut: Collection[str],
    ) -> None:
        self._task_class = task_class
        self._values = values
        # A value that is given wins over the run's date, as it does when the task is built.
        self.date_param = run_date_param if run_date_param not in values else None
        self._cut = cut
        self.date = date if self.date_param else None

    def root(self, distance: dt.timedelta) -> luigi.Task:
        values = dict(self._values)
        if self.date_param is not None and self.date is not None:
            values[self.date_param] = date_value(
                self._task_class, self.date_param, RunDate(self.date + distance)
            )
        return bind(self._task_class, values)

    def at(self, distance: dt.timedelta) -> Graph:
        return walk(self.root(distance), cut=self._cut)

    def constant(self, graph: Graph) -> set[str]:
        """Give the tasks that are the same for all dates."""
        if self.date is None:
            return set(graph.tasks)
        return self._in_both(graph, _FAR)

    def shared(self, graph: Graph) -> set[str]:
        """Give the tasks that the graph of another date has as well."""
        if self.date is None:
            return set(graph.tasks)
        root = next(iter(graph)).task_id
        differs = [step for step in _STEPS if self._root_id(step) not in (root, None)]
        near = [distance for step in differs[:1] for distance in (step, -step)]
        found: set[str] = set()
        for distance in [*near, *self._distances(graph, root)]:
            found |= self._in_both(graph, distance)
        return found

    def _distances(self, graph: Graph, root: str) -> list[dt.timedelta]:
        """Give how far apart are tasks that differ in a date alone: two runs so far apart may meet."""
        dated: dict[tuple[str, str], set[dt.date]] = {}
        for task in graph:
            params = task.param_kwargs
            for name, value in params.items():
                if isinstance(value, dt.date):
                    rest = str({key: each for key, each in params.items() if key != name})
                    dated.setdefault((task.task_family, f"{name} {rest}"), set()).add(value)
        distances = {
            abs(one - other)
            for dates in dated.values()
            for one in sorted(dates)[:1]
            for other in dates
            if other != one
        }
        apart = (each for each in sorted(distances) if self._root_id(each) not in (root, None))
        return [distance for _, distance in zip(range(_TRIED_DISTANCES), apart, strict=False)]

    def _root_id(self, distance: dt.timedelta) -> str | None:
        try:
            return str(self.root(distance).task_id)
        except (TaskSpecError, OverflowError):
            return None

    def _in_both(self, graph: Graph, distance: dt.timedelta) -> set[str]:
        try:
            return graph.tasks.keys() & self.at(distance).tasks.keys()
        except (TaskSpecError, OverflowError):  # there is no such run, then
            return set()
