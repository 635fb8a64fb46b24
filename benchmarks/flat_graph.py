"""One task that requires many small ones, built by luigi alone and by LuigiOperator.

The small tasks note in memory that they ran, and do nothing else: what is measured is what is around them.
Both ways log the same records through one handler, which writes them out and throws them away, as both would
log in an Airflow task.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, ClassVar

import luigi
from airflow.sdk import DAG
from luigi.task_register import Register

from airflow_luigi import LuigiOperator
from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from benchmarks.side_by_side import pairs


class Flag(luigi.Target):
    """Is there once it was raised in this process."""

    raised: ClassVar[set[int]] = set()

    def __init__(self, number: int) -> None:
        self.number = number

    def exists(self) -> bool:
        return self.number in self.raised


class Small(luigi.Task):
    """One of many."""

    number = luigi.IntParameter()

    def output(self) -> Flag:
        return Flag(self.number)

    def run(self) -> None:
        Flag.raised.add(self.number)


class Flat(luigi.WrapperTask):
    """Requires so many tasks, none of which requires another."""

    tasks = luigi.IntParameter()

    def requires(self) -> Iterator[luigi.Task]:
        return (Small(number) for number in range(self.tasks))


class WrongBuildError(Exception):
    """A build did not do what was to be measured."""


def build_bare(tasks: int) -> None:
    """Build with luigi alone."""
    # The handler is there already.
    with luigi_settings({"core": {"no_configure_logging": True}}):
        result = luigi.build([Flat(tasks)], local_scheduler=True, workers=1, detailed_summary=True)
    _check(tasks, result.status.name)


def build_bridge(tasks: int) -> None:
    """Build with LuigiOperator, as a worker calls it: from the template to what goes into XCom."""
    with DAG("benchmark"):
        operator = LuigiOperator(task_id="build", luigi_task=Flat, luigi_params={"tasks": tasks})
    context: Any = _context()
    operator.render_template_fields(context)
    _check(tasks, operator.execute(context)["status"])


def _check(tasks: int, status: str) -> None:
    if status != "SUCCESS" or len(Flag.raised) != tasks:
        raise WrongBuildError(f"Of {tasks} tasks {len(Flag.raised)} ran; luigi says {status}.")


def build_core(tasks: int, publish: Callable[[str, Any], object] | None) -> None:
    """Build with the core alone, which publishes the build if there is a place for that."""
    report = build([Flat(tasks)], publish=publish)
    _check(tasks, report.status)


class _Store(dict[str, str]):
    """Airflow's task state store, in memory."""

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:  # noqa: ARG002
        self[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        del self[key]


class _Events(dict[Any, SimpleNamespace]):
    def __missing__(self, asset: Any) -> SimpleNamespace:
        return self.setdefault(asset, SimpleNamespace(extra={}))


def _context() -> dict[str, Any]:
    return {
        "ti": SimpleNamespace(try_number=1),
        "dag_run": SimpleNamespace(conf={}),
        "task_state_store": _Store(),
        "outlet_events": _Events(),
    }


def measure_builds(tasks: int, rounds: int) -> tuple[list[float], list[float]]:
    """Give the CPU seconds of LuigiOperator, and those of luigi alone, round by round."""
    return _measure(rounds, lambda: build_bridge(tasks), lambda: build_bare(tasks))


def measure_publishing(tasks: int, rounds: int) -> tuple[list[float], list[float]]:
    """Give the CPU seconds of a build that is published, and of one that is not, round by round."""
    return _measure(rounds, lambda: build_core(tasks, _Store().set), lambda: build_core(tasks, None))


def _measure(
    rounds: int, ours: Callable[[], object], peer: Callable[[], object]
) -> tuple[list[float], list[float]]:
    with _logging_to_nowhere():
        found = pairs(rounds, ours, peer, before=_warm_up)
    return [own for own, _ in found], [theirs for _, theirs in found]


def _warm_up() -> None:
    # What is imported at the first use, and what Python makes of it.
    for way in (build_bare, build_bridge):
        way(1)
        Flag.raised.clear()
        Register.clear_instance_cache()


@contextmanager
def _logging_to_nowhere() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        handler = logging.StreamHandler(nowhere)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root.handlers[:] = [handler]
        root.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.handlers[:] = before
            root.setLevel(level)
