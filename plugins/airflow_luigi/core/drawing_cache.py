"""Drawn graphs, kept as files for as long as the pipeline's source is unchanged.

A DAG file is parsed again and again, each time in a new process: finding the graph here spares it luigi, the
pipeline, and all that this imports.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_luigi.core.nodes import Node
from airflow_luigi.core.wire import encode

if TYPE_CHECKING:
    import luigi

# What a pipeline reads beside its source, as a file of settings, is not known: see it again after a while.
KEPT_SECONDS = 24 * 3600
# Some file systems tell times to the second.
_CLOCK_STEP = 1.0

logger = logging.getLogger(__name__)


def drawn(
    folder: Path | None,
    luigi_task: str | type[luigi.Task],
    values: Mapping[str, Any],
    *,
    python: str | None = None,
    **how: Any,
) -> list[Node]:
    """Give what :func:`airflow_luigi.core.drawing.draw` gives, from a file if there is one that still holds.

    :param folder: where the files are; None: draw it.
    :param python: the interpreter to draw it with, if it is another than this one.
    """
    path = None if folder is None else _path(folder, luigi_task, values, {"python": python, **how})
    if path is not None and (nodes := _read(path)) is not None:
        return nodes
    began = time.time()
    # luigi takes half a second to import.
    if python:
        from airflow_luigi.core.interpreter import draw_in

        nodes, files = draw_in(python, luigi_task, values, **how)
    else:
        from airflow_luigi.core.drawing import draw
        from airflow_luigi.core.sources import source_files

        nodes = draw(luigi_task, values, **how)
        files = source_files(nodes)
    if path is not None:
        try:
            _write(path, nodes, files, began)
        except OSError as error:
            logger.debug("the graph of %s is not kept: %s", luigi_task, error)
    return nodes


def _path(
    folder: Path, luigi_task: str | type[luigi.Task], values: Mapping[str, Any], how: Mapping[str, Any]
) -> Path | None:
    if not isinstance(luigi_task, str):
        luigi_task = f"{luigi_task.__module__}:{luigi_task.__qualname__}"
    surroundings = [
        sys.version,
        importlib.metadata.version("luigi"),
        *(os.environ.get(name) for name in ("LUIGI_CONFIG_PATH", "LUIGI_CONFIG_PARSER")),
        os.getcwd(),  # noqa: PTH109 - luigi.cfg is looked for there
    ]
    try:
        key = json.dumps([surroundings, luigi_task, encode(dict(values)), encode(dict(how))])
    except TypeError:  # a value that has no JSON form
        return None
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> list[Node] | None:
    try:
        entry = json.loads(path.read_bytes())
        if entry["at"] < time.time() - KEPT_SECONDS:
            return None
        if any(_state(file) != state for file, state in entry["files"].items()):
            return None
        return [Node.from_json(node) for node in entry["nodes"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Not there, or not written by this version.
        return None


def _write(path: Path, nodes: Iterable[Node], files: Iterable[str], began: float) -> None:
    states = {file: _state(file) for file in sorted(files)}
    if any(state and state[0] > (began - _CLOCK_STEP) * 1e9 for state in states.values()):
        return  # it may have been read before it was changed
    entry = {"at": began, "files": states, "nodes": [node.to_json() for node in nodes]}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.glob("*.json"):
        with contextlib.suppress(OSError):
            if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                old.unlink()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
        json.dump(entry, file)
    Path(file.name).replace(path)


def _state(file: str) -> list[int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - called for many files, at each parse
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]
