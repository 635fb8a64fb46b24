"""Ask the tasks of a graph whether they are complete, and find out why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import luigi
from luigi.task import flatten

from airflow_luigi.core.graph import Graph
from airflow_luigi.core.report import task_name
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.worker import is_external, target_name

_NAMED = 3


@dataclass(frozen=True)
class TaskView:
    """A task of a graph, without its secrets.

    :param id: luigi's task id.
    :param params: the public parameters as luigi writes them.
    :param complete: what ``complete()`` said; None if it raised.
    :param why: in one line, why it is not complete; empty if it is.
    :param missing: the names of its missing outputs.
    :param external: whether luigi waits for it instead of running it.
    :param requires: the ids of the tasks that it requires directly.
    """

    id: str
    family: str
    params: dict[str, str]
    complete: bool | None
    why: str
    missing: tuple[str, ...]
    external: bool
    requires: tuple[str, ...]

    @property
    def name(self) -> str:
        """``Family(parameter=value, ...)``, as luigi writes a task."""
        return task_name(self.family, self.params)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON types."""
        return {**vars(self), "missing": [*self.missing], "requires": [*self.requires]}


def examine(
    graph: Graph,
    redactor: Redactor,
    *,
    asked: Callable[[list[luigi.Task]], Iterable[luigi.Task]] = iter,
) -> list[TaskView]:
    """Ask each task of a graph ``complete()``, once; none is run.

    :param graph: as :func:`airflow_luigi.core.graph.walk` gives it.
    :param redactor: hides the secrets; it knows the tasks.
    :param asked: passes the tasks on, one after the other: it sees how far the asking is.
    :return: in the graph's order, the root first.
    """
    answers: dict[str, bool | str] = {}
    for task in asked(list(graph)):
        answers[task.task_id] = _ask(task)
    return [_view(task, graph, answers, redactor) for task in graph]


def _ask(task: luigi.Task) -> bool | str:
    try:
        return bool(task.complete())
    except Exception as error:
        return _raised("complete()", error)


def _raised(what: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{what} raised {type(error).__name__}{text and f': {text}'}"


def _view(task: luigi.Task, graph: Graph, answers: Mapping[str, bool | str], redactor: Redactor) -> TaskView:
    answer = answers[task.task_id]
    missing: tuple[str, ...] = ()
    if answer is True:
        why = ""
    elif answer is False:
        why, missing = _why(task, graph, answers)
    else:
        why = str(answer)
    return TaskView(
        id=redactor(task.task_id),
        family=task.task_family,
        params=redactor.public_params(task.to_str_params(only_public=True)),
        complete=answer if isinstance(answer, bool) else None,
        why=redactor(why),
        missing=tuple(redactor(name) for name in missing),
        external=is_external(task),
        requires=tuple(redactor(each) for each in graph.requires[task.task_id]),
    )


def _why(task: luigi.Task, graph: Graph, answers: Mapping[str, bool | str]) -> tuple[str, tuple[str, ...]]:
    try:
        outputs = flatten(task.output())
        missing = tuple(target_name(output) for output in outputs if not output.exists())
    except Exception as error:
        return _raised("output()", error), ()
    external = "external, " if is_external(task) else ""
    if missing:
        return f"{external}missing: {_listed(missing)}", missing
    families = [
        graph.tasks[each].task_family for each in graph.requires[task.task_id] if answers[each] is not True
    ]
    if families:
        return f"requires what is not complete: {_listed(dict.fromkeys(families))}", ()
    if not outputs:
        return f"{external}it has no output, and complete() says no", ()
    return f"{external}complete() says no, though its outputs are there", ()


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
