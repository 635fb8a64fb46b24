"""What luigi runs in one build of a graph is run as well when its parts are built one after the other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import luigi
import pytest

from airflow_luigi.core.build import BuildReport, build
from airflow_luigi.core.drawing import draw
from airflow_luigi.core.nodes import Node
from airflow_luigi.core.parts import build_part
from tests import graph_tasks

DATE = dt.datetime(2026, 1, 1)


class InParts:
    """Builds a graph node by node, and passes on what each says, as the Airflow tasks of a graph do."""

    def __init__(self, folder: Path, family: str, granularity: str = "family") -> None:
        self.folder = folder
        self.root: luigi.Task = getattr(graph_tasks, family)(folder=str(folder), date=DATE.date())
        self.nodes: list[Node] = draw(
            type(self.root),
            {"folder": str(folder)},
            run_date_param="date",
            date=DATE,
            granularity=granularity,
        )

    def build(self, workers: int = 1) -> list[str]:
        """Build all nodes; give the families that ran, as often as they did."""
        noted: dict[str, tuple[str, ...]] = {}
        reports: list[BuildReport] = []
        for node in self.nodes:
            told = {mark for each in node.requires for mark in noted[each]}
            report = build_part(self.root, node.part, noted=sorted(told), workers=workers)
            assert report.status == "SUCCESS"
            noted[node.id] = report.outdated
            reports.append(report)
        return ran(*reports)

    def delete(self, family: str) -> None:
        (path,) = self.folder.glob(f"{family}_*")
        path.unlink()


def ran(*reports: BuildReport) -> list[str]:
    return [task.family for report in reports for task in report.tasks if task.state.value == "ran"]


@pytest.mark.parametrize("granularity", ["family", "task"])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("deleted", "again"),
    [("Raw", ["Raw", "Cooked", "Served"]), ("Cooked", ["Cooked", "Served"]), ("Served", ["Served"])],
)
def test_a_task_that_is_complete_only_with_what_it_requires_is_run_again_with_it(
    tmp_path: Path, granularity: str, workers: int, deleted: str, again: list[str]
) -> None:
    pipeline = InParts(tmp_path, "Served", granularity)
    assert pipeline.build(workers) == ["Raw", "Cooked", "Served"]
    assert pipeline.build(workers) == []
    pipeline.delete(deleted)
    assert pipeline.build(workers) == again
    # Luigi in one build does the same.
    pipeline.delete(deleted)
    assert ran(build(pipeline.root)) == again[::-1]
    assert pipeline.build(workers) == []


def test_a_task_with_nothing_but_outputs_is_left_alone_as_luigi_does(tmp_path: Path) -> None:
    pipeline = InParts(tmp_path, "Top")
    assert sorted(pipeline.build()) == ["Bottom", "Left", "Right", "Top"]
    pipeline.delete("Left")
    assert pipeline.build() == ["Left"]


def test_dynamic_requirements_are_built_where_they_are_needed(tmp_path: Path) -> None:
    pipeline = InParts(tmp_path, "Dynamic")
    assert sorted(pipeline.build()) == ["Bottom", "Dynamic", "Found", "Found", "Found"]
    assert pipeline.build() == []


def test_what_a_wrapper_wraps_is_built_before_it(tmp_path: Path) -> None:
    pipeline = InParts(tmp_path, "AllOf")
    assert sorted(pipeline.build()) == ["AllOf", "Bottom", "Left", "Raw"]
    assert pipeline.build() == []


def test_a_claim_does_not_outlive_the_build(tmp_path: Path) -> None:
    pipeline = InParts(tmp_path, "Served")
    pipeline.build()
    cooked = graph_tasks.Cooked(folder=str(tmp_path), date=DATE.date())
    mark = f"Cooked:{cooked.task_id.rpartition('_')[2]}"
    report = build_part(pipeline.root, pipeline.nodes[1].part, noted=[mark, "Elsewhere:0123456789"])
    assert ran(report) == ["Cooked"]
    # What is meant for another part goes on to it.
    assert report.outdated == ("Elsewhere:0123456789",)
    assert "complete" not in vars(cooked)
    assert cooked.complete()


def test_a_part_that_a_run_has_not_is_done_at_once(tmp_path: Path) -> None:
    ping = graph_tasks.Ping(folder=str(tmp_path), date=dt.date(2026, 1, 1))
    (node,) = draw(
        graph_tasks.Pong,
        {"folder": str(tmp_path)},
        run_date_param="date",
        date=dt.datetime(2026, 1, 1),
        granularity="task",
    )[1:]
    report = build_part(ping, node.part)
    assert (report.status, report.tasks, report.ran_nothing) == ("SUCCESS", (), True)
