"""The nodes of a rendered graph: each stands for the Luigi tasks of a family, or for one Luigi task.

A node is found for one date and used for all. This module is read wherever a DAG file is: it needs no luigi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """Which tasks of a run's graph a node stands for.

    :param families: all tasks of these families; or
    :param key: the one task that has this key, see :func:`airflow_luigi.core.grouping.task_key`.
    :param date_param: the root's parameter that the run's date goes into, where it has one.
    :param cut: the families at which the graph is cut, see :func:`airflow_luigi.core.graph.walk`.
    """

    families: tuple[str, ...] = ()
    key: str | None = None
    date_param: str | None = None
    cut: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Part:
        """Read what JSON has carried of ``vars()``."""
        return cls(**{**part, "families": tuple(part["families"]), "cut": tuple(part["cut"])})


@dataclass(frozen=True)
class Node:
    """One node of a rendered graph.

    :param id: unique in the graph, and the same whatever else is in it.
    :param name: what a person would call it.
    :param families: the families of its tasks.
    :param requires: the ids of the nodes that it requires.
    :param external: whether luigi waits for its tasks instead of running them.
    :param asks: whether a task of it has a ``complete()`` of its own, which may ask what the task requires.
    :param shared: whether graphs of other dates have some of the same tasks.
    :param doc: the docstring of its class, or an empty text.
    """

    id: str
    name: str
    part: Part
    families: tuple[str, ...]
    requires: tuple[str, ...]
    external: bool
    asks: bool
    shared: bool = False
    doc: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON types."""
        return {**vars(self), "part": vars(self.part)}

    @classmethod
    def from_json(cls, node: Mapping[str, Any]) -> Node:
        """Read what :meth:`to_json` gave, and JSON has carried."""
        lists = {name: tuple(node[name]) for name in ("families", "requires")}
        return cls(**{**node, **lists, "part": Part.from_json(node["part"])})


def reachable(edges: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Give what can be reached from a node along the edges, in one step or more."""
    found: set[str] = set()
    queue = [start]
    while queue:
        new = set(edges.get(queue.pop(), ())) - found
        found |= new
        queue += new
    return found
