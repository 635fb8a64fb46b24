"""The graphs of many roots, in which what several of them require is one node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import luigi

from airflow_luigi.core.graph import MAX_TASKS, walk
from airflow_luigi.core.worker import is_external

Describe = Callable[[str, Exception, luigi.Task], str]
"""Puts what a method of a task raised into words: the method's name, the exception, the task."""


@dataclass(eq=False, slots=True)
class Node:
    """A task, and what is found out about it.

    :param family: the number of its family.
    :param complete: what its ``complete()`` says; None while that isn't known, and when it failed.
    :param error: what one of its methods raised.
    :param always: whether it runs each time.
    """

    task: luigi.Task
    family: int
    requires: tuple[Node, ...] = ()
    complete: bool | None = None
    error: str | None = None
    always: bool = False

    @property
    def external(self) -> bool:
        """Whether somebody else makes it."""
        return is_external(self.task)


@dataclass
class Forest:
    """Nodes by luigi's task id, and the families, in the order in which they were found.

    :param describe: puts errors into words.
    """

    describe: Describe
    nodes: dict[str, Node] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)

    def grow(self, root: luigi.Task) -> Node:
        """Add a task, and all that it requires; give its node.

        :raises TaskSpecError: a graph that seems to have no end.
        """
        if (known := self.nodes.get(root.task_id)) is not None:
            return known
        before = len(self.nodes)
        first = self._node(root)
        queue = [first]
        for node in queue:
            task = node.task
            try:
                required = task.deps()
                if not required:
                    continue
                ids = [each.task_id for each in required]
            except Exception as error:
                node.error = self.describe("requires()", error, task)
                continue
            for each, task_id in zip(required, ids, strict=True):
                if task_id not in self.nodes:
                    queue.append(self._node(each))
            node.requires = tuple(self.nodes[task_id] for task_id in dict.fromkeys(ids))
            if len(self.nodes) - before > MAX_TASKS:
                walk(root)  # says why it has no end
        return first

    def _node(self, task: luigi.Task) -> Node:
        family = self.families.setdefault(task.task_family, len(self.families))
        node = self.nodes[task.task_id] = Node(task, family)
        return node


def reachable(root: Node) -> Iterator[Node]:
    """Give a node and all that it requires, directly or not."""
    seen = [root]
    known = {id(root)}
    for node in seen:
        yield node
        for each in node.requires:
            if id(each) not in known:
                known.add(id(each))
                seen.append(each)


def scheduled(root: Node) -> Iterator[Node]:
    """Give the nodes that luigi would look at: it does not look behind what is complete, or external."""
    seen = [root]
    known = {id(root)}
    for node in seen:
        yield node
        if node.complete is not False or (node.requires and node.external):
            continue
        for each in node.requires:
            if id(each) not in known:
                known.add(id(each))
                seen.append(each)
