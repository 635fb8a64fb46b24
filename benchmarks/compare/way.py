"""What a way is: an orchestrator, and how the pipelines are run with it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from benchmarks.compare import ways as ways_package
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.world import World


class Asked(ABC):
    """What became of asking a way to run a pipeline."""

    @abstractmethod
    def over(self) -> bool:
        """Whether nothing happens any more unless somebody asks again."""

    def idle(self) -> bool:
        """Whether it is over, or waits for something from outside."""
        return self.over()

    @abstractmethod
    def shown(self) -> str:
        """Say in a few words what a user is shown."""

    @abstractmethod
    def claims_success(self) -> bool:
        """Whether what a user is shown says that all went well."""

    def task_instances(self) -> int | None:
        """How many task instances the orchestrator has used; None: it has no such thing."""
        return None

    def close(self) -> None:
        """End what is left of it, once it has been looked at."""


class Way(ABC):
    """One way to run the pipelines. A subclass is one way; the docs tell how to add another.

    :param world: where the pipelines read and write; its ``environment`` is for programs that run them
    """

    name: ClassVar[str]
    """What ``--ways`` calls it."""
    title: ClassVar[str]
    """What it is, in one line."""
    code: ClassVar[Sequence[Path | str]]
    """What a user has written for it: files, or lines of text."""
    needs_airflow: ClassVar[bool] = False
    """Whether it works in the Airflow that :meth:`World.airflow` gives, which others then share."""
    keeps_markers: ClassVar[bool] = True
    """Whether it keeps luigi's marker table."""
    dags: ClassVar[Sequence[Path]] = ()
    """Folders with DAG files of its own, beside those that are here."""
    note: ClassVar[str] = ""
    """What a reader of its figures should know."""

    def __init__(self, world: World) -> None:
        self.world = world

    def start(self) -> None:
        """Get ready, once, before anything is asked or measured."""

    def stop(self) -> None:
        """Leave nothing behind."""

    @abstractmethod
    def ask(self, pipeline: Pipeline, dates: Sequence[date]) -> Asked:
        """Ask for a pipeline for dates, and don't wait. A date that was asked for before is run again."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Give the processes that do the work, or whose descendants do."""

    @abstractmethod
    def crash(self) -> None:
        """End all of its processes by SIGKILL at once, as a machine that fails does."""

    def recover(self) -> None:
        """Start again what starts with the machine."""


def known_ways(more: Sequence[Path] = ()) -> dict[str, type[Way]]:
    """Give the ways of the folder ``ways``, and those of other files, by name.

    :param more: Python files with ways
    :raises ValueError: a file is not there, or has no way in it.
    """
    modules = [
        importlib.import_module(f"{ways_package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(ways_package.__path__)
    ]
    found = {way.name: way for module in modules for way in _ways_in(module)}
    for path in more:
        if not path.is_file():
            raise ValueError(f"{path}: there is no such file.")
        own = {way.name: way for way in _ways_in(_load(path))}
        if not own:
            raise ValueError(f"{path} has no way in it: a subclass of {Way.__module__}.Way with a name.")
        found |= own
    # Those without Airflow first: none of them has to share the machine with it.
    return dict(sorted(found.items(), key=lambda item: item[1].needs_airflow))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _ways_in(module: ModuleType) -> Iterator[type[Way]]:
    for value in vars(module).values():
        if inspect.isclass(value) and issubclass(value, Way) and value.__module__ == module.__name__:
            yield value
