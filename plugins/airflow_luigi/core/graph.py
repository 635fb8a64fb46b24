"""What a Luigi task requires, and what that requires, as a graph.

Tasks are made and asked for their requirements, as luigi's worker does. None is run, nor asked whether it is
complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import luigi

from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import learn_task
from airflow_luigi.core.task_spec import TaskSpecError

# Beyond so many a graph is taken for one that has no end.
MAX_TASKS = 20_000
_NAMED = 4


@dataclass(frozen=True)
class Graph:
    """Luigi tasks by luigi's task id, the root first, and the ids of what each requires."""

    tasks: Mapping[str, luigi.Task]
    requires: Mapping[str, tuple[str, ...]]

    def __iter__(self) -> Iterator[luigi.Task]:
        return iter(self.tasks.values())

    def required_by(self) -> dict[str, list[str]]:
        """Give the ids of the tasks that require each one directly."""
        dependents: dict[str, list[str]] = {task_id: [] for task_id in self.tasks}
        for task_id, required in self.requires.items():
            for each in required:
                dependents[each].append(task_id)
        return dependents


def walk(root: luigi.Task, *, cut: Collection[str] = (), max_tasks: int = MAX_TASKS) -> Graph:
    """Walk from a task through all that it requires.

    :param root: where to begin.
    :param cut: families whose chain back through themselves is not followed: a task of such a family that is
        required, directly or not, by another one of it is left out.
    :param max_tasks: the most tasks that a graph may have.
    :raises TaskSpecError: a task whose ``requires()`` raises or gives something else than tasks, or a graph
        that seems to have no end.
    """
    tasks = {root.task_id: root}
    requires: dict[str, tuple[str, ...]] = {}
    found_by: dict[str, str] = {}
    # Which of the cut families stand between the root and a task.
    passed = {root.task_id: frozenset({root.task_family}.intersection(cut))}
    queue = deque([root])
    while queue:
        task = queue.popleft()
        passed_here = passed[task.task_id]
        required = [each for each in _requirements(task) if each.task_family not in passed_here]
        requires[task.task_id] = tuple(dict.fromkeys(each.task_id for each in required))
        for each in required:
            if each.task_id in tasks:
                continue
            tasks[each.task_id] = each
            found_by[each.task_id] = task.task_id
            passed[each.task_id] = passed_here.union({each.task_family}.intersection(cut))
            queue.append(each)
            if len(tasks) > max_tasks:
                raise _endless(each, tasks, found_by)
    return Graph(tasks, requires)


def _requirements(task: luigi.Task) -> list[luigi.Task]:
    try:
        required = task.deps()
    except Exception as error:
        text = _shown(f"{task} raised {type(error).__name__}: {error}", task)
        raise TaskSpecError(f"requires() of {text}") from error
    for each in required:
        if not isinstance(each, luigi.Task):
            raise TaskSpecError(_shown(f"requires() of {task} gives {each!r}, which is no Luigi task.", task))
    return list(required)


def _endless(task: luigi.Task, tasks: Mapping[str, luigi.Task], found_by: Mapping[str, str]) -> TaskSpecError:
    chain = [task]
    while (parent := found_by.get(chain[-1].task_id)) is not None:
        chain.append(tasks[parent])
    again = any(each.task_family == task.task_family for each in chain[1:])
    advice = f" Name it in cut=[{task.task_family!r}] to stop at the first one." if again else ""
    names = [str(each) for each in chain]
    if len(names) > 2 * _NAMED:
        names = [*names[:_NAMED], f"... ({len(names) - 2 * _NAMED} more)", *names[-_NAMED:]]
    return TaskSpecError(
        _shown(
            f"The graph of {chain[-1]} seems to have no end: it has more than {len(tasks) - 1} tasks. "
            f"The last one that was found is required so: {' <- '.join(names)}.{advice}",
            *chain,
        )
    )


def _shown(text: str, *tasks: luigi.Task) -> str:
    redactor = Redactor()
    for task in tasks:
        learn_task(redactor, task)
    return redactor(text)
