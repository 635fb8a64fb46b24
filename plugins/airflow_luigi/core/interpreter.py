"""A build in another interpreter: with the luigi, the pandas, and all else that its environment has.

That environment needs luigi. Of this package the child imports what is in ``core``, from the folder in which
it is here, and nothing that stands beside it.
"""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import logging
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy.engine import URL

from airflow_luigi.core.child_process import HEARD_LATE, Child, ending
from airflow_luigi.core.config import LuigiConfig
from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.nodes import Node, Part
from airflow_luigi.core.recorder import PROGRESS_SECONDS, Progress
from airflow_luigi.core.report import BuildReport, TaskReport, TaskState
from airflow_luigi.core.task_spec import TaskSpecError, spec_of
from airflow_luigi.core.wire import Message, encode

if TYPE_CHECKING:
    import luigi

    from airflow_luigi.core.publisher import Put
    from airflow_luigi.core.resolvers import Resolver

PYTHON_NEEDED = "3.10"

# After its report a child may still have something to tidy, or threads that don't end.
EXIT_DEADLINE = 10.0

# With these a child has said all that it has to say of a drawing.
_OUTCOMES = ("drawing", "error", "unusable", "old_python")


class InterpreterError(RuntimeError):
    """A build in another interpreter ended without a report."""


def build_in(
    python: str,
    luigi_task: str | type[luigi.Task],
    values: Mapping[str, Any],
    *,
    part: Part | None = None,
    noted: Collection[str] = (),
    run_date: tuple[str, RunDate] | None = None,
    workers: int = 1,
    scheduler_url: str | None = None,
    luigi_config: LuigiConfig | None = None,
    resolver: Resolver | None = None,
    on_secret: Callable[[str], object] = lambda _: None,
    on_progress: Callable[[Progress], object] = lambda _: None,
    progress_seconds: float = PROGRESS_SECONDS,
    on_broken_off: Callable[[tuple[TaskReport, ...]], object] | None = None,
    publish: Put | None = None,
) -> BuildReport:
    """Build a Luigi task in another interpreter, as :func:`airflow_luigi.core.build.build` does in this one.

    Log records of the build are handled by this process's loggers of the same names. What the pipeline prints
    goes where this process's standard output goes. An exception that is raised here while the child builds,
    as by a signal, ends the child with all that it has started, and then goes on its way.

    :param python: path of the interpreter, or its name on ``PATH``.
    :param luigi_task: ``"package.module:Class"``, or the class. It is imported in the child, from
        ``PYTHONPATH`` or that environment.
    :param values: parameter name -> value.
    :param part: the part of the task's graph that is built, see :func:`airflow_luigi.core.parts.build_part`.
    :param noted: what the builds of other parts have reported as ``outdated``.
    :param run_date: the parameter that a run's date goes into, and the date.
    :param workers: how many tasks may run at once.
    :param scheduler_url: address of luigi's central scheduler.
    :param luigi_config: settings of luigi's configuration for the length of the build.
    :param resolver: is asked, in this thread, for the databases that the pipeline names.
    :param on_secret: called with each password that the build comes upon.
    :param on_progress: called with the build's progress.
    :param progress_seconds: the shortest time between two of these calls.
    :param on_broken_off: called when an exception ends the build, there or here, with the tasks that have run
        until then, as far as the child still says so.
    :param publish: is given the build as it stands, as :func:`airflow_luigi.core.build.build` does.
    :raises TaskSpecError: the interpreter, its luigi, or the description of the task is wrong.
    :raises InterpreterError: the child ended without a report.
    """
    order = {
        "task": spec_of(luigi_task),
        "values": encoded("luigi_params", values),
        "part": part and vars(part),
        "noted": [*noted],
        "run_date": run_date and encode([run_date[0], run_date[1].start, run_date[1].end]),
        "workers": workers,
        "scheduler_url": scheduler_url,
        "progress_seconds": progress_seconds,
        "luigi_config": encoded("luigi_config", luigi_config or {}),
        "publish": publish is not None,
        "has_resolver": resolver is not None,
        "log_levels": _log_levels(),
        "log_disabled": logging.root.manager.disable,
    }
    outcome: Message | None = None
    code: int | None = None

    def hear(message: Message) -> None:
        if message["kind"] == "broken_off" and on_broken_off is not None:
            on_broken_off(_tasks(message["tasks"]))
        elif message["kind"] == "publish" and publish is not None:
            publish(message["key"], message["value"])

    with Child(python, on_late=hear) as started:
        started.send(order)
        for message in started.messages():
            kind = message["kind"]
            if kind == "log":
                record = logging.makeLogRecord(message["record"])
                logging.getLogger(record.name).handle(record)
            elif kind == "warning":
                category = getattr(builtins, message["category"], None) or type(
                    message["category"], (Warning,), {}
                )
                warnings.showwarning(message["text"], category, message["filename"], message["lineno"])
            elif kind == "progress":
                on_progress(Progress(**message["progress"]))
            elif kind == "secret":
                on_secret(message["secret"])
            elif kind == "question":
                assert resolver is not None
                started.send(answer(resolver, message["database"]))
            elif kind in HEARD_LATE:
                hear(message)
            elif kind == "ended":
                code = message["code"]
                break
            else:
                outcome = message
                started.listen_for(EXIT_DEADLINE)
    if outcome is None:
        raise InterpreterError(f"{python} {ending(code, started.exit_code)} before it had a report.")
    return _report(python, outcome)


def draw_in(
    python: str, luigi_task: str | type[luigi.Task], values: Mapping[str, Any], **how: Any
) -> tuple[list[Node], set[str]]:
    """Draw a graph with another interpreter, as :func:`airflow_luigi.core.drawing.draw` does with this one.

    :param python: path of the interpreter, or its name on ``PATH``.
    :return: the nodes, and the files that they came from.
    :raises TaskSpecError: the interpreter, its luigi, or the graph is wrong.
    :raises InterpreterError: the child ended without an answer.
    """
    order = {"task": spec_of(luigi_task), "values": encoded("luigi_params", values), "how": encode(how)}
    outcome: Message | None = None
    with Child(python, work="draw") as started:
        started.send(order)
        for message in started.messages():
            if message["kind"] in _OUTCOMES:
                outcome = message
                started.listen_for(EXIT_DEADLINE)
    if outcome is None:
        raise InterpreterError(f"{python} {ending(None, started.exit_code)} before it had drawn the graph.")
    if outcome["kind"] != "drawing":
        _raise(python, outcome)
    return [Node.from_json(node) for node in outcome["nodes"]], set(outcome["files"])


def encoded(what: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give values in the form in which they go to another interpreter.

    :raises TaskSpecError: for one that can't.
    """
    found = {}
    for name, value in values.items():
        try:
            found[name] = encode(value)
        except TypeError as error:
            raise TaskSpecError(f"{what}: {name!r}: {error}. Give it as text.") from error
    return found


def _log_levels() -> dict[str, int]:
    loggers = {"": logging.root, **logging.root.manager.loggerDict}
    return {
        name: logger.level
        for name, logger in loggers.items()
        if isinstance(logger, logging.Logger) and logger.level != logging.NOTSET
    }


def answer(resolver: Resolver, database: str) -> Message:
    """Look up a database that a child has asked for."""
    try:
        found = resolver(database)
    except Exception as error:
        return {"error": [type(error).__name__, str(error)]}
    if found is None:
        return {}
    if isinstance(found, URL):
        return {"url": [*found[:-1], dict(found.query)]}
    return {"parts": {**dataclasses.asdict(found), "extra": dict(found.extra)}}


def _report(python: str, outcome: Message) -> BuildReport:
    if outcome["kind"] != "report":
        _raise(python, outcome)
    report = outcome["report"]
    outdated = tuple(report["outdated"])
    return BuildReport(**{**report, "tasks": _tasks(report["tasks"]), "outdated": outdated})


def _raise(python: str, outcome: Message) -> NoReturn:
    refuse_unusable(python, outcome)
    module, name = outcome["type"]
    if module.startswith(f"{__package__}."):
        error_class = getattr(importlib.import_module(module), name)
        if issubclass(error_class, Exception):
            # One of the core's own: it means the same here.
            raise error_class(outcome["text"])
    raise InterpreterError(f"{python}: {name}: {outcome['text']}\n\n{outcome['trace']}")


def _tasks(tasks: list[Message]) -> tuple[TaskReport, ...]:
    return tuple(
        TaskReport(**{**task, "state": TaskState(task["state"]), "outputs": tuple(task["outputs"])})
        for task in tasks
    )


def refuse_unusable(python: str, outcome: Message) -> None:
    """Raise :class:`TaskSpecError` if a child said that it can't work in that interpreter."""
    if outcome["kind"] == "old_python":
        raise TaskSpecError(
            f"python: {python} is Python {outcome['version']}; {PYTHON_NEEDED} or later is needed."
        )
    if outcome["kind"] == "unusable":
        raise TaskSpecError(f"python: {python} (Python {outcome['version']}) {outcome['reason']}.")
