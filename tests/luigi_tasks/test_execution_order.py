"""The article's "Demonstration of Task Execution"."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import luigi
import pytest
from luigi.mock import MockFileSystem

from airflow_luigi.core.build import build
from luigi_tasks.execution_order import TaskB, trace

FIRST_BUILD = """\
1: complete() Checking to see if TaskB has been completed
2: requires() TaskB is not completed, checking to see if previous tasks are required and completed
3: complete() Checking to see if TaskA has been completed
4: run() TaskA has no prior Task dependency. It is now running to complete the task
5: requires() TaskB is not completed, checking to see if previous tasks are required and completed
6: complete() Checking to see if TaskA has been completed
7: run() All previous tasks are completed and TaskB is running to complete the task
8: All Tasks are completed
"""
SECOND_BUILD = """\
1: complete() Checking to see if TaskB has been completed
2: All Tasks are completed
"""


@pytest.fixture(autouse=True)
def _no_mock_files() -> Iterator[None]:
    MockFileSystem().clear()
    yield
    MockFileSystem().clear()


@pytest.mark.parametrize(
    "builder",
    [
        pytest.param(lambda: luigi.build([TaskB()], local_scheduler=True), id="luigi"),
        pytest.param(lambda: build(TaskB()), id="bridge"),
    ],
)
def test_the_first_build_prints_eight_lines_and_the_second_two(
    builder: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in (FIRST_BUILD, SECOND_BUILD):
        trace.restart()
        builder()
        assert capsys.readouterr().out == expected
