"""Rebuild what is older than its inputs: :class:`FreshnessMixin`, and the comparison that it rests on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import luigi
from luigi.local_target import LocalFileSystem
from luigi.target import FileSystemTarget
from luigi.task import flatten

# Which tasks the outermost complete() has asked so far, and what they said. Without it, tasks with common
# requirements would ask those once for each path through the graph.
_answers: ContextVar[dict[luigi.Task, bool] | None] = ContextVar("answers", default=None)


class FreshnessMixin:
    """Makes a task incomplete when one of its inputs is newer than its output.

    Use it as the first base: ``class CountLetters(FreshnessMixin, luigi.Task)``. Such a task is complete when

    - it is by its own measure (as a rule: all outputs exist),
    - every requirement is complete; each is asked once,
    - and no input was modified after the oldest output.

    Times are compared in nanoseconds, so two updates within one second are two. Equal times count as fresh:
    where a file system's clock is coarse, an output that was written right after its input has the input's
    time, and a task that is incomplete right after it ran would make Luigi fail those that depend on it
    ("Unfulfilled dependency at run time").

    A folder stands for the files in it, at any depth: the oldest of an output, the newest of an input. What
    has no path on this machine (a table, a remote file) counts by its completeness alone. Asking changes
    nothing: no file is written or deleted.
    """

    def complete(self) -> bool:
        if not super().complete():  # type: ignore[misc]  # luigi.Task comes behind this class
            return False
        if isinstance(self, luigi.WrapperTask):
            return True  # it has just asked its requirements, and has no output of its own
        requirements: list[luigi.Task] = list(dict.fromkeys(flatten(self.requires())))  # type: ignore[attr-defined]
        if not all_complete(requirements):
            return False
        inputs = [target for requirement in requirements for target in flatten(requirement.output())]
        outputs = flatten(self.output())  # type: ignore[attr-defined]
        return is_fresh(local_paths(outputs), local_paths(inputs))


def all_complete(tasks: Iterable[luigi.Task]) -> bool:
    """Ask tasks one after the other until one isn't complete.

    None is asked twice, however deep the asking goes: they may be fresh by this mixin, and ask in turn.
    """
    answers = _answers.get()
    if answers is None:
        token = _answers.set({})
        try:
            return all_complete(tasks)
        finally:
            _answers.reset(token)
    for task in tasks:
        if task not in answers:
            answers[task] = bool(task.complete())
        if not answers[task]:
            return False
    return True


def local_paths(targets: Iterable[Any]) -> list[Path]:
    """Give the paths of those targets that are files or folders on this machine.

    :param targets: Luigi targets. One that isn't luigi's ``FileSystemTarget`` but has a ``path`` counts if
        there is something at that path.
    """
    paths = []
    for target in targets:
        path = getattr(target, "path", None)
        if not isinstance(path, (str, os.PathLike)):
            continue
        if isinstance(target, FileSystemTarget):
            is_local = isinstance(target.fs, LocalFileSystem)
        else:
            is_local = Path(path).exists()
        if is_local:
            paths.append(Path(path))
    return paths


def is_fresh(outputs: Iterable[Path], inputs: Iterable[Path]) -> bool:
    """Tell whether no input is newer than any output.

    :param outputs: files or folders; of a folder, its oldest file counts
    :param inputs: files or folders; of a folder, its newest file counts
    :return: False also when one of them is gone
    """
    try:
        oldest = min((min(mtimes(path)) for path in outputs), default=None)
        newest = max((max(mtimes(path)) for path in inputs), default=None)
    except FileNotFoundError:
        return False
    return oldest is None or newest is None or newest <= oldest


def mtimes(path: Path) -> list[int]:
    """Give the modification times of a file, or of all files in a folder, in nanoseconds since the epoch.

    :return: at least one time: an empty folder's is its own
    :raises FileNotFoundError: it isn't there, or a part of it vanished meanwhile
    """
    if not path.is_dir():
        return [path.stat().st_mtime_ns]
    return list(_mtimes_inside(path, set())) or [path.stat().st_mtime_ns]


def _mtimes_inside(folder: Path, seen: set[tuple[int, int]]) -> Iterator[int]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:  # a link to a folder around it
        return
    seen.add((status.st_dev, status.st_ino))
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _mtimes_inside(Path(entry.path), seen)
                continue
            try:
                yield entry.stat().st_mtime_ns
            except FileNotFoundError:
                if not entry.is_symlink():
                    raise
                yield entry.stat(follow_symlinks=False).st_mtime_ns  # a link to nothing, which it may stay
