"""The triggerer's checkers: one child process for each interpreter, shared by all triggers that need it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_luigi.core.checker import Answer, Checker

# Seconds that a lookup of an Airflow connection may take.
LOOKUP_TIMEOUT = 30.0

Key = tuple[str | None, tuple[str, ...]]


@dataclass
class _Shared:
    checker: Checker
    users: int = 0


_shared: dict[Key, _Shared] = {}


@contextlib.asynccontextmanager
async def shared_checker(python: str | None, search_path: tuple[str, ...]) -> AsyncIterator[Checker]:
    """Give the checker for an interpreter; its process ends when nobody uses it any more.

    :param python: another environment's interpreter, or None for this one's.
    :param search_path: folders to search for modules after all others.
    """
    # luigi comes with it, which takes half a second to import.
    module = await asyncio.to_thread(importlib.import_module, "airflow_luigi.core.checker")
    key = (python, search_path)
    if key not in _shared:
        resolver = _resolver(asyncio.get_running_loop())
        _shared[key] = _Shared(module.Checker(python, search_path=search_path, resolver=resolver))
    shared = _shared[key]
    shared.users += 1
    try:
        yield shared.checker
    finally:
        shared.users -= 1
        if not shared.users:
            del _shared[key]
            shared.checker.close()


async def ask(
    checker: Checker, task: Mapping[str, Any], luigi_config: Mapping[str, Mapping[str, Any]], limit: float
) -> Answer:
    """Ask a checker whether a task is complete.

    :param limit: seconds that the question may take, once it is its turn.
    """
    from airflow_luigi.core.checker import question

    return await asyncio.wrap_future(checker.ask(question(task, luigi_config), limit))


def _resolver(loop: asyncio.AbstractEventLoop) -> Any:
    from airflow_luigi.connections import airflow_connection_async

    def look_up(name: str) -> Any:
        # In the triggerer connections come through the event loop, and a checker asks in a thread.
        return asyncio.run_coroutine_threadsafe(airflow_connection_async(name), loop).result(LOOKUP_TIMEOUT)

    return look_up
