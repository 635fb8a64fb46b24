"""Ask many tasks whether they are complete: at once where a class can, in parallel where it is slow."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import luigi
from luigi.task import MixinNaiveBulkComplete, flatten

from airflow_luigi.core.always_runs import always_runs
from airflow_luigi.core.forest import Describe, Node
from airflow_luigi.core.look import Look
from airflow_luigi.core.marker import MarkerTableTarget

logger = logging.getLogger(__name__)

# Seconds. Where a task takes longer to answer, it waits for something, and others can be asked meanwhile.
_SLOW = 0.005
# In a row: the first one may have waited for a connection, and the next find it open.
_SLOW_ONES = 3

Progress = Callable[[int, int], object]
"""Is told how many are done, of how many."""


def ask(
    nodes: Iterable[Node],
    look: Look,
    describe: Describe,
    *,
    threads: int,
    on_progress: Progress | None,
) -> None:
    """Find out which nodes are complete.

    :param look: is asked for markers first.
    :param describe: puts errors into words.
    :param threads: how many tasks of a class are asked at a time, if they are slow to answer.
    """
    groups: dict[type[luigi.Task], list[Node]] = {}
    for node in nodes:
        groups.setdefault(type(node.task), []).append(node)
    progress = _Counter(sum(map(len, groups.values())), on_progress)
    look.ask_for_markers(node.task for group in groups.values() if _has_markers(group) for node in group)
    for task_class, group in groups.items():
        if (complete := _complete_in_bulk(task_class, group)) is not None:
            for node, answer in zip(group, complete, strict=True):
                node.complete = answer
                _look_closer(node, describe)
            progress.add(len(group))
        else:
            _ask_each(group, describe, threads, progress)


class _Counter:
    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._done, self._total, self._on_progress = 0, total, on_progress
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        if self._on_progress is None:
            return
        with self._lock:
            self._done += count
            self._on_progress(self._done, self._total)


def _ask_each(group: Sequence[Node], describe: Describe, threads: int, progress: _Counter) -> None:
    slow = asked = 0
    for node in group:
        begun = time.perf_counter()
        _ask_one(node, describe)
        progress.add(1)
        asked += 1
        slow = slow + 1 if time.perf_counter() - begun > _SLOW else 0
        if slow == _SLOW_ONES and threads > 1:
            break
    rest = group[asked:]
    if not rest:
        return
    pool = ThreadPoolExecutor(min(threads, len(rest)), thread_name_prefix="completeness")
    try:
        for _ in pool.map(lambda node: _ask_one(node, describe), rest):
            progress.add(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _ask_one(node: Node, describe: Describe) -> None:
    try:
        node.complete = bool(node.task.complete())
    except Exception as error:
        node.error = describe("complete()", error, node.task)
    else:
        _look_closer(node, describe)


def _look_closer(node: Node, describe: Describe) -> None:
    if node.complete is False:
        try:
            node.always = always_runs(node.task)
        except Exception as error:
            node.complete, node.error = None, describe("output()", error, node.task)


def _has_markers(group: Sequence[Node]) -> bool:
    for node in (group[0], group[len(group) // 2], group[-1]):
        try:
            if any(isinstance(target, MarkerTableTarget) for target in flatten(node.task.output())):
                return True
        except Exception:
            logger.debug("output() of a %s failed", node.task.task_family)
    return False


def _complete_in_bulk(task_class: type[luigi.Task], group: Sequence[Node]) -> list[bool] | None:
    """Ask a class's own ``bulk_complete``; None if it has none, or that can't be used.

    luigi's RangeDaily gives it the values of one parameter, and a class that has the others filled in. Where
    it does not understand that, it gets tuples of all parameters, as its own argument's name says.
    """
    if not _has_bulk_complete(task_class) or (varying := _varying(group)) is None:
        return None
    bulk: Any = task_class.bulk_complete
    tasks = [node.task for node in group]
    same = {name: value for name, value in tasks[0].param_kwargs.items() if name != varying}
    one_class = functools.partial(task_class, **same) if same else task_class
    for bound, wanted in (
        (one_class, [getattr(task, varying) for task in tasks]),
        (task_class, [tuple(task.param_kwargs.values()) for task in tasks]),
    ):
        try:
            found = set(bulk.__func__(bound, list(wanted)))
        except Exception as error:
            # Its complete() will tell, if there is something to tell.
            logger.debug("%s.bulk_complete raised %s", task_class.__name__, type(error).__name__)
            continue
        if found.issubset(wanted):
            return [each in found for each in wanted]
    return None


def _has_bulk_complete(task_class: type[luigi.Task]) -> bool:
    for base in task_class.__mro__:
        if base in (luigi.Task, MixinNaiveBulkComplete):
            return False
        if "bulk_complete" in vars(base):
            return True
        if "complete" in vars(base):
            return False  # it knows better than a bulk_complete that a base has
    return False


def _varying(group: Sequence[Node]) -> str | None:
    """Find the one parameter in which tasks differ. A text could be taken for a tuple of parameters."""
    first = group[0].task.param_kwargs
    differing = {
        name
        for node in group
        for name, value in node.task.param_kwargs.items()
        if value is not first[name] and value != first[name]
    }
    if len(differing) != 1:
        return None
    (name,) = differing
    return None if isinstance(first[name], (str, tuple)) else name
