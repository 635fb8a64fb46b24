"""One look at many tasks: what they ask one by one is answered from what was asked for all of them.

Luigi asks each task by itself, and the task asks each of its targets: a query for a marker, a call for a
file, and the same parameters read from the configuration again and again. Here these inner questions are
answered faster. The tasks' own ``complete()`` is still called, so that whatever it does with the answers
stays its own.
"""

from __future__ import annotations

import contextlib
import gc
import operator
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import luigi
from luigi.local_target import LocalFileSystem
from luigi.task import flatten
from luigi.task_register import Register

from airflow_luigi.core.connections import sqlite_file
from airflow_luigi.core.marker import MarkerTableTarget, marked
from airflow_luigi.core.matrix import Marker
from airflow_luigi.core.resolvers import DatabaseUnavailableError
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import learn_task

# A folder is listed when so many of its files have been asked for, and it is not larger than that.
_WORTH_LISTING = 8
_LARGEST_LISTED = 100_000

# Between two looks for garbage.
_ALLOCATIONS = 200_000

# The replaced methods belong to the process.
_one_at_a_time = threading.RLock()


class Look:
    """What is known so far, in one :func:`looking`."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._markers: dict[tuple[str, str], dict[str, Marker | None]] = {}
        self._marking: list[luigi.Task] = []
        self._unavailable: dict[str, DatabaseUnavailableError] = {}

    def ask_for_markers(self, tasks: Iterable[luigi.Task]) -> None:
        """Ask for the markers among the outputs of tasks, with one query for each table."""
        wanted: dict[tuple[str, str], list[str]] = {}
        for task in tasks:
            with contextlib.suppress(Exception):  # its complete() will tell
                for target in flatten(task.output()):
                    if isinstance(target, MarkerTableTarget):
                        wanted.setdefault((target.database, target.target_table), []).append(target.update_id)
                        self._marking.append(task)
        for (database, table), update_ids in wanted.items():
            # Whatever is wrong with it, whoever asks for one of them is told.
            with contextlib.suppress(Exception):
                self._ask(database, table, update_ids)

    def marker_exists(self, target: MarkerTableTarget) -> bool:
        known = self._markers.get((target.database, target.target_table), {})
        if target.update_id not in known:
            known = self._ask(target.database, target.target_table, [target.update_id])
        return known[target.update_id] is not None

    def markers(self, redactor: Redactor) -> tuple[Marker, ...]:
        """Give the markers that were found, the newest first, without secrets."""
        found = [each for known in list(self._markers.values()) for each in list(known.values()) if each]
        if found:
            # An update id is often a task's.
            for task in self._marking:
                learn_task(redactor, task)
        found.sort(key=lambda each: each.inserted or "", reverse=True)
        return tuple(
            Marker(redactor(each.database), redactor(each.table), redactor(each.update_id), each.inserted)
            for each in found
        )

    def path_exists(self, path: Any) -> bool:
        if not isinstance(path, str):
            return os.path.exists(path)  # noqa: PTH110 - as luigi asks
        parent, name = os.path.split(path)
        if (folder := self._folders.get(parent)) is None:
            folder = self._folders[parent] = _Folder(parent)
        return folder.holds(name, path)

    def _ask(self, database: str, table: str, update_ids: list[str]) -> dict[str, Marker | None]:
        times = self._marked(database, table, update_ids)
        known = self._markers.setdefault((database, table), {})
        for update_id in update_ids:
            there = update_id in times
            known[update_id] = Marker(database, table, update_id, times[update_id]) if there else None
        return known

    def _marked(self, database: str, table: str, update_ids: list[str]) -> dict[str, str | None]:
        # A server that does not answer is waited for once, and not once a task.
        if (before := self._unavailable.get(database)) is not None:
            raise before.with_traceback(None)
        try:
            return marked(database, table, update_ids)
        except DatabaseUnavailableError as error:
            self._unavailable[database] = error
            raise


class _Folder:
    """A folder that is listed once, when that is worth it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._asked = 0
        self._looked = False
        self._plain: frozenset[str] | None = None
        self._others: frozenset[str] = frozenset()
        self._exact = True

    def holds(self, name: str, path: str) -> bool:
        self._asked += 1
        if self._asked >= _WORTH_LISTING and not self._looked:
            self._looked = True
            self._list()
        if self._plain is not None and name not in ("", ".", ".."):
            if name in self._plain:
                return True
            if self._exact and name not in self._others:
                return False
        return os.path.exists(path)  # noqa: PTH110 - as luigi asks

    def _list(self) -> None:
        plain: set[str] = set()
        others: set[str] = set()
        try:
            with os.scandir(self._path or os.curdir) as entries:
                for entry in entries:
                    # A link may lead nowhere.
                    (others if entry.is_symlink() else plain).add(entry.name)
                    if len(plain) + len(others) > _LARGEST_LISTED:
                        return
        except OSError:
            return
        # In a folder that may be read but not searched, nothing exists.
        if not os.access(self._path or os.curdir, os.X_OK):
            return
        self._exact = self._minds_case([*plain, *others])
        self._others = frozenset(others)
        self._plain = frozenset(plain)

    def _minds_case(self, names: list[str]) -> bool:
        """Tell whether a name that isn't listed isn't there."""
        if sys.platform == "darwin":
            return False  # it also takes other forms of the same letters
        listed = set(names)
        for name in names:
            if (other := name.swapcase()) not in listed:
                return not os.path.lexists(os.path.join(self._path, other))  # noqa: PTH118
        return True


@contextlib.contextmanager
def looking() -> Iterator[Look]:
    """Answer the inner questions of tasks from a :class:`Look`, for the length of the block.

    It holds for the whole process, in all threads. Another thread's look waits for this one's end. Nothing is
    created by asking: neither luigi's ``SQLAlchemyTarget`` its marker table, nor SQLite its file.

    - ``MarkerTableTarget.exists()`` knows what :meth:`Look.ask_for_markers` asked for.
    - luigi's ``LocalFileSystem.exists()`` lists a folder, when several of its files are asked for.
    - A task that is made again with the same arguments is the same task, as it is with luigi, though found
      faster; the parameters of a class are found once.
    """
    look = Look()
    with _one_at_a_time, _rarely_collected(), contextlib.ExitStack() as undo:
        undo.enter_context(_replaced(MarkerTableTarget, "exists", lambda target: look.marker_exists(target)))
        undo.enter_context(_replaced(LocalFileSystem, "exists", lambda _, path: look.path_exists(path)))
        undo.enter_context(_replaced(luigi.Task, "get_params", _remembered_params()))
        undo.enter_context(_replaced(luigi.Task, "get_param_values", _remembered_values()))
        undo.enter_context(_replaced(Register, "__call__", _remembered_tasks()))
        if (sqla := sys.modules.get("luigi.contrib.sqla")) is not None:
            undo.enter_context(
                _replaced(sqla.SQLAlchemyTarget, "exists", _without_creating(sqla.SQLAlchemyTarget.exists))
            )
        yield look


@contextlib.contextmanager
def _rarely_collected() -> Iterator[None]:
    """Have Python look for garbage more seldom: it would go through all tasks again and again."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _ALLOCATIONS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextlib.contextmanager
def _replaced(owner: type, name: str, value: Any) -> Iterator[None]:
    inherited = name not in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _remembered_params() -> Any:
    """``Task.get_params``, which looks at every attribute of a class, though once."""
    find: Any = vars(luigi.Task)["get_params"].__func__
    found: dict[type, list[Any]] = {}

    def get_params(cls: type) -> list[Any]:
        params = found.get(cls)
        if params is None:
            params = found[cls] = find(cls)
        return list(params)

    return classmethod(get_params)


def _remembered_values() -> Any:
    """``Task.get_param_values``, which reads each default from luigi's configuration, on each call.

    And luigi calls it twice in a row for a new task.
    """
    find: Any = vars(luigi.Task)["get_param_values"].__func__
    plans: dict[tuple[Any, ...], Any] = {}
    last: tuple[Any, ...] = (None, (), {}, [])

    def get_param_values(cls: type, params: Any, args: Any, kwargs: Any) -> Any:
        nonlocal last
        of, last_args, last_kwargs, values = last
        if (
            of is cls
            and len(args) == len(last_args)
            and all(map(operator.is_, args, last_args))
            and kwargs.keys() == last_kwargs.keys()
            and all(map(operator.is_, kwargs.values(), map(last_kwargs.__getitem__, kwargs)))
        ):
            return list(values)
        shape = (cls, len(args), *kwargs)
        if (plan := plans.get(shape)) is None:
            values = find(cls, params, args, kwargs)
            plans[shape] = _plan(params, values, len(args), kwargs)
        else:
            values = [
                (name, default if normalize is None else _hashable(normalize(given[at])))
                for given in [(*args, *kwargs.values())]
                for name, normalize, at, default in plan
            ]
        last = (cls, args, kwargs, values)
        return list(values)

    return classmethod(get_param_values)


def _plan(params: Any, values: Any, positional: int, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """Note for each parameter how it gets its value: from which argument, or its default."""
    given = [name for name, parameter in params if parameter.positional][:positional]
    places = {name: place for place, name in enumerate([*given, *names])}
    return [
        (name, parameter.normalize if name in places else None, places.get(name), value)
        for (name, parameter), (_, value) in zip(params, values, strict=True)
    ]


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, set)) else value


def _remembered_tasks() -> Callable[..., Any]:
    """``Register.__call__``, by which luigi gives the instance that it has, though without its detours.

    luigi reads the defaults of what is not given from its configuration, on each call.
    """
    make = Register.__call__
    made: dict[Any, Any] = {}

    def call(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if Register._Register__instance_cache is None:  # type: ignore[attr-defined]
            return make(cls, *args, **kwargs)
        # With the types: 1 equals True, but a parameter may see a difference.
        key: Any = (cls, tuple(map(type, args)), args)
        if kwargs:
            values = tuple(kwargs.values())
            key = (*key[:2], tuple(kwargs), tuple(map(type, values)), args, values)
        try:
            task = made.get(key)
        except TypeError:  # a value that can't be hashed
            return make(cls, *args, **kwargs)
        if task is None:
            task = made[key] = make(cls, *args, **kwargs)
        return task

    return call


def _without_creating(exists: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """``SQLAlchemyTarget.exists()``, which would create the marker table first."""
    there: set[tuple[str, str]] = set()

    def exists_already(target: Any) -> bool:
        import sqlalchemy

        name = target.marker_table or luigi.configuration.get_config().get(
            "sqlalchemy", "marker-table", "table_updates"
        )
        if (target.connection_string, name) not in there:
            path = sqlite_file(target.engine.url)
            if path is not None and not path.exists():
                return False
            with target.engine.connect() as connection:
                if not sqlalchemy.inspect(connection).has_table(name):
                    return False
            there.add((target.connection_string, name))
        return exists(target)

    return exists_already
