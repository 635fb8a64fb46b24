"""TaskA <- TaskB, which say in what order Luigi asks and runs them.

luigi --module luigi_tasks.execution_order TaskB --local-scheduler
"""

from __future__ import annotations

import luigi
from luigi.mock import MockTarget


class Trace:
    """Numbers what is printed, from 1."""

    def __init__(self) -> None:
        self._count = 0

    def restart(self) -> None:
        """Begin at 1 again."""
        self._count = 0

    def __call__(self, text: str) -> None:
        self._count += 1
        print(f"{self._count}: {text}")


trace = Trace()


class TaskA(luigi.Task):
    """Requires nothing."""

    def output(self) -> MockTarget:
        return MockTarget("TaskA")

    def complete(self) -> bool:
        trace("complete() Checking to see if TaskA has been completed")
        return bool(self.output().exists())

    def run(self) -> None:
        trace("run() TaskA has no prior Task dependency. It is now running to complete the task")
        with self.output().open("w") as file:
            file.write("complete")


class TaskB(luigi.Task):
    """Requires TaskA."""

    def requires(self) -> luigi.Task:
        trace(
            "requires() TaskB is not completed, checking to see if previous tasks are required and completed"
        )
        return TaskA()

    def output(self) -> MockTarget:
        return MockTarget("TaskB")

    def complete(self) -> bool:
        trace("complete() Checking to see if TaskB has been completed")
        exists = bool(self.output().exists())
        if exists:
            trace("All Tasks are completed")
        return exists

    def run(self) -> None:
        trace("run() All previous tasks are completed and TaskB is running to complete the task")
        with self.output().open("w") as file:
            file.write("complete")
        trace("All Tasks are completed")
