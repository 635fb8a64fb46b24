"""Asks tasks whether they are complete, in a child process that may hang, crash or grow old.

A triggerer must not run a pipeline's code: it would stand still for as long, and could not unload it. One
child answers for all who wait; it is what :mod:`airflow_luigi.core.child_check` does.
"""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_luigi.core.child_process import Child, ending
from airflow_luigi.core.dates import RunDate
from airflow_luigi.core.interpreter import answer, encoded, refuse_unusable
from airflow_luigi.core.task_spec import TaskSpecError, spec_of
from airflow_luigi.core.wire import Message, encode

if TYPE_CHECKING:
    import luigi

    from airflow_luigi.core.config import LuigiConfig
    from airflow_luigi.core.resolvers import Resolver

# Replacements for one question: files may change again while a new child starts.
_REPLACEMENTS = 3


@dataclass(frozen=True)
class Answer:
    """What came of asking a task.

    :param complete: whether it is complete.
    :param error: one line: why nobody knows.
    :param detail: its traceback.
    :param is_spec_error: whether the description of the task, or the interpreter, is wrong.
    :param wanted: the task, as :class:`airflow_luigi.core.wanted.Wanted` has it.
    :param records: what was logged meanwhile, as name, level and text: warnings and errors.
    """

    complete: bool = False
    error: str | None = None
    detail: str | None = None
    is_spec_error: bool = False
    wanted: Mapping[str, Any] | None = None
    records: tuple[tuple[str, int, str], ...] = ()


def question(wanted: Mapping[str, Any], luigi_config: LuigiConfig) -> Message:
    """Ask for a task that :func:`airflow_luigi.core.wanted.wanted` has described."""
    return {"wanted": dict(wanted), "luigi_config": encoded("luigi_config", luigi_config)}


def first_question(
    luigi_task: str | type[luigi.Task],
    values: Mapping[str, Any],
    run_date: tuple[str, RunDate] | None,
    luigi_config: LuigiConfig,
) -> Message:
    """Ask for a task as :func:`airflow_luigi.core.interpreter.build_in` is told of one."""
    return {
        "task": spec_of(luigi_task),
        "values": encoded("luigi_params", values),
        "run_date": run_date and encode([run_date[0], run_date[1].start, run_date[1].end]),
        "luigi_config": encoded("luigi_config", luigi_config),
    }


class CheckerProcess:
    """A child that answers one question after the other. It is started for the first one.

    :param python: another environment's interpreter; default: this process's, with its search path.
    :param search_path: folders to search for modules after all others; not with ``python``.
    :param resolver: is asked for the databases that the pipeline names, in the thread that asks.
    :param quiet: drop what the pipeline prints.
    """

    def __init__(
        self,
        python: str | None = None,
        *,
        search_path: Sequence[str] = (),
        resolver: Resolver | None = None,
        quiet: bool = False,
    ) -> None:
        self._python = python or sys.executable
        self._resolver = resolver
        self._hello = {
            "path": None if python else [*sys.path, *search_path],
            "has_resolver": resolver is not None,
            "quiet": quiet,
        }
        self._child: Child | None = None

    def __enter__(self) -> CheckerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, order: Message, limit: float) -> Answer:
        """Ask about one task.

        :param order: a question.
        :param limit: seconds that it may take, a start of the child included. One that takes longer is ended.
        """
        try:
            for _ in range(_REPLACEMENTS):
                outcome = self._ask(order, limit)
                if outcome["kind"] == "answer":
                    found = outcome["answer"]
                    return Answer(
                        complete=found.get("complete", False),
                        error=found.get("error"),
                        detail=found.get("trace"),
                        is_spec_error=found.get("spec", False),
                        wanted=found.get("wanted"),
                        records=tuple((name, level, text) for name, level, text in outcome["records"]),
                    )
                self.end()
                if outcome["kind"] != "stale":
                    refuse_unusable(self._python, outcome)
                    return Answer(error=outcome["reason"])
        except TaskSpecError as error:
            return Answer(error=str(error), is_spec_error=True)
        except BaseException:
            self.end()
            raise
        return Answer(error="the pipeline's files change all the time")

    def cut_short(self) -> None:
        """Have a question that is being asked, in another thread, end without an answer."""
        if (child := self._child) is not None:
            child.listen_for(0)

    def end(self) -> None:
        """End the child, with all that it has started."""
        child, self._child = self._child, None
        if child is not None:
            child.__exit__(None, None, None)

    def _ask(self, order: Message, limit: float) -> Message:
        child = self._child or self._start()
        child.listen_for(limit)
        child.send(order)
        code = None
        ended = False
        for message in child.messages():
            if message["kind"] == "question":
                assert self._resolver is not None
                child.send(answer(self._resolver, message["database"]))
            elif message["kind"] == "ended":
                code, ended = message["code"], True
                break
            else:
                return message
        ended = ended or child.has_ended
        self.end()
        how = (
            f"the process that asks it {ending(code, child.exit_code)}"
            if ended
            else f"no answer within {limit:g} s; the process that asked it was ended"
        )
        return {"kind": "lost", "reason": how}

    def _start(self) -> Child:
        child = Child(self._python, "check")
        child.__enter__()
        self._child = child
        child.send(self._hello)
        return child


class Checker:
    """A :class:`CheckerProcess` with a thread of its own, for many who ask at once.

    One question is asked at a time, in the order in which they come: luigi's configuration is one for the
    process. A question that waits already is not asked twice.

    The parameters are those of :class:`CheckerProcess`; ``resolver`` is called in the thread.
    """

    def __init__(
        self,
        python: str | None = None,
        *,
        search_path: Sequence[str] = (),
        resolver: Resolver | None = None,
    ) -> None:
        self._process = CheckerProcess(python, search_path=search_path, resolver=resolver, quiet=True)
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Future[Answer]]] = {}
        self._queue: queue.SimpleQueue[tuple[str, Message, float] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="luigi checks", daemon=True)
        self._thread.start()

    def ask(self, order: Message, limit: float) -> Future[Answer]:
        """Ask about one task; see :meth:`CheckerProcess.ask`."""
        key = json.dumps(order, sort_keys=True)
        future: Future[Answer] = Future()
        with self._lock:
            first = key not in self._waiting
            self._waiting.setdefault(key, []).append(future)
        if first:
            self._queue.put((key, order, limit))
        return future

    def close(self) -> None:
        """End the child soon, in the thread; questions that wait get no answer."""
        self._closed = True
        self._queue.put(None)
        self._process.cut_short()

    def join(self, timeout: float) -> None:
        """Wait until the child has ended, after :meth:`close`."""
        self._thread.join(timeout)

    def _work(self) -> None:
        with self._process:
            while (item := self._queue.get()) is not None and not self._closed:
                key, order, limit = item
                with self._lock:
                    wanted = not all(future.cancelled() for future in self._waiting[key])
                try:
                    found = self._process.ask(order, limit) if wanted else Answer()
                except Exception as error:
                    found = Answer(error=f"{type(error).__name__}: {error}")
                with self._lock:
                    futures = self._waiting.pop(key)
                for future in futures:
                    with contextlib.suppress(Exception):  # whoever asked may have gone
                        future.set_result(found)
