"""LuigiTaskTrigger: waits in Airflow's triggerer until Luigi tasks are complete.

Nothing here imports luigi or a pipeline into the triggerer's event loop: see :mod:`airflow_luigi.checkers`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_luigi.checkers import ask, shared_checker

if TYPE_CHECKING:
    from airflow_luigi.core.checker import Answer

# Seconds. Airflow fails a task whose trigger fires before the worker has put it aside.
SHORTEST_INTERVAL = 5.0
# After an error it is asked again as soon as this, also where the interval is long.
INTERVAL_AFTER_ERROR = 60.0
CHECK_TIMEOUT = 60.0
ERROR_TOLERANCE = 600.0


class LuigiTaskTrigger(BaseTrigger):
    """Fires when Luigi tasks are complete, or when that can't be waited for any longer.

    Its event has a ``status``: ``complete``, ``timeout``, ``error`` or ``unusable``; and ``text`` to say why.

    :param tasks: the tasks, as :class:`airflow_luigi.core.wanted.Wanted` has them in JSON. They may hold no
        secrets: Airflow stores them.
    :param started: when the waiting began, in seconds since the epoch.
    :param deadline: when it ends, in seconds since the epoch.
    :param poke_interval: seconds between two questions for the same task.
    :param luigi_config: section -> key -> value, set in luigi's configuration meanwhile.
    :param python: the interpreter in which the tasks are asked; default: the triggerer's.
    :param search_path: folders that hold the pipeline, beside those that the triggerer searches.
    :param check_timeout: seconds that one question may take.
    :param error_tolerance: seconds in which a task may do nothing but raise, hang or crash.
    """

    def __init__(
        self,
        tasks: Sequence[Mapping[str, Any]],
        started: float,
        deadline: float,
        poke_interval: float = 60.0,
        luigi_config: Mapping[str, Mapping[str, Any]] | None = None,
        python: str | None = None,
        search_path: Sequence[str] = (),
        check_timeout: float = CHECK_TIMEOUT,
        error_tolerance: float = ERROR_TOLERANCE,
    ) -> None:
        super().__init__()
        self.tasks = [dict(task) for task in tasks]
        self.started = started
        self.deadline = deadline
        self.poke_interval = poke_interval
        self.luigi_config = luigi_config or {}
        self.python = python
        self.search_path = list(search_path)
        self.check_timeout = check_timeout
        self.error_tolerance = error_tolerance

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path, and the arguments to make this trigger again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "tasks": self.tasks,
                "started": self.started,
                "deadline": self.deadline,
                "poke_interval": self.poke_interval,
                "luigi_config": self.luigi_config,
                "python": self.python,
                "search_path": self.search_path,
                "check_timeout": self.check_timeout,
                "error_tolerance": self.error_tolerance,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask now and then, and fire once."""
        async with shared_checker(self.python, tuple(self.search_path)) as checker:
            yield TriggerEvent(await self._wait(checker))

    async def _wait(self, checker: Any) -> dict[str, Any]:
        missing = self.tasks
        interval = max(self.poke_interval, SHORTEST_INTERVAL)
        failing_since: float | None = None
        answered = False
        while True:
            now = time.time()
            # Counted from the start of the waiting, also after a restart of the triggerer.
            pause = interval - (now - self.started) % interval
            if failing_since is not None:
                pause = min(pause, max(INTERVAL_AFTER_ERROR, SHORTEST_INTERVAL))
            await asyncio.sleep(max(min(pause, self.deadline - now), 0))
            asked = time.time()
            answers = await asyncio.gather(
                *(ask(checker, task, self.luigi_config, self.check_timeout) for task in missing)
            )
            errors = self._errors(missing, answers)
            if errors:
                failing_since = failing_since if failing_since is not None else asked
                task, answer = errors[0]
                event = {"text": f"{task['name']}: {answer.error}", "detail": answer.detail}
                if answer.is_spec_error and not answered:
                    return {"status": "unusable", **event}
                if time.time() - failing_since >= self.error_tolerance:
                    return {"status": "error", "seconds": round(time.time() - failing_since), **event}
            else:
                failing_since = None
            answered = answered or len(errors) < len(answers)
            left = [task for task, answer in zip(missing, answers, strict=True) if not answer.complete]
            if not left:
                return {"status": "complete"}
            if len(left) < len(missing):
                self.log.info("%d of %d tasks are complete.", len(self.tasks) - len(left), len(self.tasks))
            missing = left
            if time.time() >= self.deadline:
                shown = "\n  ".join(f"{task['name']}: {task['target']}" for task in missing[:20])
                return {"status": "timeout", "text": f"not complete in time:\n  {shown}"}

    def _errors(
        self, tasks: list[dict[str, Any]], answers: list[Answer]
    ) -> list[tuple[dict[str, Any], Answer]]:
        errors = []
        for task, answer in zip(tasks, answers, strict=True):
            for name, level, text in answer.records:
                logging.getLogger(name).log(level, "%s", text)
            if answer.error is not None:
                self.log.warning("%s could not be asked, and is asked again: %s", task["name"], answer.error)
                errors.append((task, answer))
        return errors
