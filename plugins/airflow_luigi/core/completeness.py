"""What is there, and what is missing: dates x families of a Luigi task, see :func:`completeness`."""

from __future__ import annotations

import datetime as dt
import functools
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import luigi

from airflow_luigi.core.asking import ask
from airflow_luigi.core.date_range import Bound, date_param_of, date_texts, dates_between
from airflow_luigi.core.forest import Forest, Node
from airflow_luigi.core.judging import judge
from airflow_luigi.core.look import looking
from airflow_luigi.core.matrix import Matrix
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.sqla_compat import repair
from airflow_luigi.core.task_secrets import learn_surroundings, learn_task
from airflow_luigi.core.task_spec import TaskSpecError, bind, load_task_class

THREADS = 16

_LONGEST_ERROR = 500

Progress = Callable[[str, int, int], object]
"""Is told the step ("graphs", then "tasks"), how many are done, of how many."""


def completeness(
    task: str | type[luigi.Task],
    values: Mapping[str, Any] | None = None,
    date_param: str | None = None,
    first: Bound | None = None,
    last: Bound | None = None,
    *,
    dates: Iterable[Any] | None = None,
    threads: int = THREADS,
    on_progress: Progress | None = None,
    redactor: Redactor | None = None,
) -> Matrix:
    """Ask which dates of a task, and of all that it requires, are complete.

    The answers are those of each task's ``complete()``; ``bulk_complete`` is asked where the class has its
    own. A date is missing when the root is incomplete as Luigi sees it: of a root that always runs (see
    :func:`~airflow_luigi.core.always_runs.always_runs`), when something that it requires is. Nothing is run
    or created.

    :param task: the root, as ``"package.module:Class"`` or the class.
    :param values: the root's other parameters, see :func:`~airflow_luigi.core.task_spec.bind`.
    :param date_param: the parameter that the dates go into; default: the only one for dates that is free.
    :param first: the first date, see :func:`~airflow_luigi.core.date_range.dates_between` for its forms.
    :param last: the last date, which is part of the range.
    :param dates: values of the parameter, in place of a range.
    :param threads: how many tasks of a class are asked at a time, if they are slow to answer.
    :param on_progress: see :data:`Progress`; called often.
    :param redactor: takes the secrets out of errors and markers. Default: one that knows those of the
        tasks in question and of luigi's configuration.
    :raises TaskSpecError: a task, a parameter or a range that is wrong, or a graph that has no end.
    """
    task_class = load_task_class(task)
    given = dict(values or {})
    name = date_param_of(task_class, date_param, given)
    if dates is not None:
        wanted = list(dates)
    elif first is not None and last is not None:
        wanted = dates_between(task_class, name, first, last)
    else:
        raise TaskSpecError("A range needs both its first and its last date.")
    begun = time.perf_counter()
    errors = _Errors(redactor)
    _repair_sqla()
    # The tasks are made, and asked, in the same look: luigi asks for the same parameters each time.
    with looking() as look, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Task .* without outputs has no custom complete")
        forest = Forest(errors.describe)
        make = _maker(task_class, given, name, wanted)
        roots: list[Node | str] = []
        for number, value in enumerate(wanted, 1):
            roots.append(_root(forest, make, value, errors))
            if on_progress is not None:
                on_progress("graphs", number, len(wanted))
        ask(
            forest.nodes.values(),
            look,
            errors.describe,
            threads=threads,
            on_progress=functools.partial(on_progress, "tasks") if on_progress is not None else None,
        )
    families = list(forest.families) or [task_class.get_task_family()]
    judged = [judge(root, len(families)) for root in roots]
    return Matrix(
        task=task_class.get_task_family(),
        date_param=name,
        families=tuple(families),
        values=tuple(wanted),
        dates=tuple(date_texts(task_class, name, wanted)),
        verdicts=tuple(each.verdict for each in judged),
        states=tuple(each.states for each in judged),
        counts={(date, family): count for date, each in enumerate(judged) for family, count in each.counts},
        errors={(date, family): text for date, each in enumerate(judged) for family, text in each.errors},
        asked_at=dt.datetime.now(dt.timezone.utc),
        seconds=time.perf_counter() - begun,
        markers=look.markers(errors.redactor()),
    )


def _repair_sqla() -> None:
    """Make luigi's own marker targets answer, where a pipeline has them; trying it takes milliseconds."""
    if "luigi.contrib.sqla" in sys.modules:
        _repair_once()


_repair_once = functools.cache(repair)


class _Errors:
    def __init__(self, redactor: Redactor | None) -> None:
        self._redactor = redactor

    def redactor(self) -> Redactor:
        if self._redactor is None:
            self._redactor = Redactor()
            learn_surroundings(self._redactor)
        return self._redactor

    def describe(self, method: str, error: Exception, task: luigi.Task | None) -> str:
        redactor = self.redactor()
        if task is not None:
            learn_task(redactor, task)
        text = " ".join(redactor(f"{method} raised {type(error).__name__}: {error}").split())
        return text if len(text) <= _LONGEST_ERROR else f"{text[: _LONGEST_ERROR - 3]}..."


def _maker(
    task_class: type[luigi.Task], given: Mapping[str, Any], name: str, dates: list[Any]
) -> Callable[[Any], luigi.Task]:
    """Give a function that makes the root of a date. What is wrong with a parameter is found out once."""
    if not dates:
        return task_class
    bound = bind(task_class, {**given, name: dates[0]}).param_kwargs
    parameters = {key: bound[key] for key in given if key != name}
    return lambda value: task_class(**parameters, **{name: value})


def _root(forest: Forest, make: Callable[[Any], luigi.Task], value: Any, errors: _Errors) -> Node | str:
    try:
        task = make(value)
    except Exception as error:
        return errors.describe("making the task", error, None)
    return forest.grow(task)
