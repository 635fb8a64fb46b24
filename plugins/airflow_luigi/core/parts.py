"""Build a part of a Luigi task's graph: what one node of a rendered graph stands for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import luigi

from airflow_luigi.core.build import BuildReport, build
from airflow_luigi.core.graph import walk
from airflow_luigi.core.grouping import tasks_of
from airflow_luigi.core.nodes import Part
from airflow_luigi.core.outdated import Outdated


def build_part(
    root: luigi.Task, part: Part | None, *, noted: Collection[str] = (), **options: Any
) -> BuildReport:
    """Build the tasks of a part of the graph of ``root``; what they require is complete, or is built too.

    :param part: which tasks; None: ``root`` itself.
    :param noted: what the builds of other parts of this graph have reported as ``outdated``.
    :param options: as for :func:`airflow_luigi.core.build.build`.
    :raises TaskSpecError: the graph can't be walked.
    """
    if part is None:
        return build(root, **options)
    graph = walk(root, cut=part.cut)
    tasks = tasks_of(part, graph)
    return build(tasks, outdated=Outdated(graph, tasks, noted), **options)
