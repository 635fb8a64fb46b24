"""What luigi runs in one build of a whole graph, and builds of its parts would miss.

A task's ``complete()`` may ask what the task requires: then it is incomplete when that is gone. luigi sees
this before it runs anything, and so runs both. Where each is built by itself, one after the other, the first
build makes the second task look complete again, and its data would stay as it was. So the first build looks
at what requires its tasks before it runs them, and again afterwards.

Tasks that leave ``complete()`` as luigi has it are not asked: nothing but their own outputs counts.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator

import luigi

from airflow_luigi.core.graph import Graph

logger = logging.getLogger(__name__)


class Outdated:
    """Finds the tasks of a graph that a build of a part of it makes look complete.

    :param graph: the whole graph.
    :param tasks: the part that is built.
    :param noted: marks of tasks that builds of other parts have made look complete; those in this part are
        run.
    """

    def __init__(self, graph: Graph, tasks: Iterable[luigi.Task], noted: Collection[str] = ()) -> None:
        self._graph = graph
        self._required_by = graph.required_by()
        own = {mark(task): task for task in tasks}
        self._noted = [each for each in noted if each not in own]
        self._claimed = [own[each] for each in noted if each in own]
        self._incomplete: set[str] = set()

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Make luigi schedule the noted tasks of this part, until it runs the first task."""
        for task in self._claimed:
            # Not a lambda: luigi pickles tasks where it checks them in parallel.
            task.complete = bool  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._release()

    def before_run(self, scheduled: Iterable[str]) -> None:
        """Note what is incomplete above the tasks that luigi is about to run.

        :param scheduled: their ids.
        """
        self._release()
        running = set(scheduled)
        self._incomplete = self._climb(
            running, lambda task: task.task_id not in running and not _complete(task)
        )

    def after_run(self, ran: Iterable[str]) -> tuple[str, ...]:
        """Give the marks of the tasks of other parts that look complete although they are outdated.

        :param ran: the ids of the tasks that were run.
        """
        before = self._incomplete
        found = self._climb(ran, lambda task: task.task_id in before and _complete(task))
        return tuple(dict.fromkeys([*self._noted, *sorted(mark(self._graph.tasks[each]) for each in found)]))

    def _release(self) -> None:
        for task in self._claimed:
            vars(task).pop("complete", None)

    def _climb(self, start: Iterable[str], holds: Callable[[luigi.Task], bool]) -> set[str]:
        """Go from tasks to what requires them, as long as it ``holds``."""
        asked: set[str] = set()
        found: set[str] = set()
        queue = list(start)
        while queue:
            for task_id in self._required_by.get(queue.pop(), ()):
                task = self._graph.tasks[task_id]
                if task_id in asked or not asks_more_than_outputs(task):
                    continue
                asked.add(task_id)
                if holds(task):
                    found.add(task_id)
                    queue.append(task_id)
        return found


def asks_more_than_outputs(task: luigi.Task) -> bool:
    """Whether a task has a ``complete()`` of its own."""
    return type(task).complete is not luigi.Task.complete


def mark(task: luigi.Task) -> str:
    """Name a task by its family and luigi's own digest of its parameters: in its id secrets may be."""
    return f"{task.task_family}:{task.task_id.rpartition('_')[2]}"


def _complete(task: luigi.Task) -> bool:
    try:
        return bool(task.complete())
    except Exception as error:
        # Its own build will tell, if it gets there.
        logger.debug("%s.complete() raised %s", task.task_family, type(error).__name__)
        return True
