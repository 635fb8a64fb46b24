"""What a build did: one state for each Luigi task, and Luigi's own verdict on the whole."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A report travels through XCom, into Airflow's database and to its UI. More tasks than this are counted, not
# listed.
LISTED_TASKS = 500
# Characters of a parameter's value, and of an error line: a parameter may hold a whole document.
LISTED_VALUE = 200
LISTED_ERROR = 500
# Targets of one task, and characters of the URI of each.
LISTED_OUTPUTS = 20
LISTED_URI = 500


class TaskState(str, enum.Enum):
    """What became of a Luigi task in a build. In a list that has to be cut, the first ones stay."""

    FAILED = "failed"
    MISSING_EXTERNAL = "missing_external"
    DISABLED = "disabled"
    RUN_BY_OTHER_WORKER = "run_by_other_worker"
    NOT_RUN = "not_run"
    UPSTREAM_FAILED = "upstream_failed"
    RAN = "ran"
    ALREADY_COMPLETE = "already_complete"

    @property
    def done(self) -> bool:
        """Whether the task's data is there."""
        return self in (TaskState.RAN, TaskState.ALREADY_COMPLETE)


@dataclass(frozen=True)
class TaskReport:
    """One Luigi task of a build.

    :param id: luigi's task id, without passwords.
    :param params: the public parameters as luigi writes them, without passwords.
    :param started: when its ``run()`` began, in seconds since the epoch; None if it did not run.
    :param seconds: how long it ran.
    :param error: one line: why it failed, or what it waits for.
    :param task_class: ``"package.module:Class"``. Not part of the JSON form.
    :param outputs: if it ran, the URIs of its targets, without passwords; see
        :func:`airflow_luigi.core.targets.target_uri`.
    :param detail: the whole of it, as a traceback or the missing targets. Not part of the JSON form.
    :param wanted: of an external task that is missing: how to ask for it again, as
        :class:`airflow_luigi.core.wanted.Wanted` in JSON types. Not part of the JSON form.
    """

    id: str
    family: str
    params: dict[str, str]
    state: TaskState
    started: float | None = None
    seconds: float | None = None
    error: str | None = None
    task_class: str = ""
    outputs: tuple[str, ...] = ()
    detail: str | None = field(default=None, repr=False)
    wanted: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """``Family(parameter=value, ...)``, as luigi writes a task."""
        return task_name(self.family, self.params)

    def to_json(self) -> dict[str, Any]:
        """Give what XCom holds of it; long texts are cut, and of many targets the first are listed."""
        return {
            "id": self.id,
            "family": self.family,
            "params": {name: cut(value, LISTED_VALUE) for name, value in self.params.items()},
            "state": self.state.value,
            "started": self.started,
            "seconds": self.seconds,
            "error": cut(self.error, LISTED_ERROR) if self.error else None,
            "outputs": [cut(uri, LISTED_URI) for uri in self.outputs[:LISTED_OUTPUTS]],
            "outputs_omitted": max(0, len(self.outputs) - LISTED_OUTPUTS),
        }


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    :param status: the name of luigi's status code, as ``SUCCESS`` or ``MISSING_EXT`` (luigi's docs, "Luigi
        execution summary"), but for two cases that luigi tells the other way round: ``NOT_RUN`` where what
        was asked for is neither complete nor was run, because it is disabled or another worker has it;
        ``SUCCESS`` where it was run although another worker had done a part of it meanwhile.
    :param tasks: every task that luigi scheduled.
    :param outdated: of a build of a part of a graph: see :mod:`airflow_luigi.core.outdated`. Not part of the
        JSON form.
    """

    status: str
    tasks: tuple[TaskReport, ...]
    outdated: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks are in each state; every state has its entry."""
        count = Counter(task.state for task in self.tasks)
        return {state.value: count[state] for state in TaskState}

    def in_state(self, *states: TaskState) -> list[TaskReport]:
        """Give the tasks in one of these states, in the order in which luigi scheduled them."""
        return [task for task in self.tasks if task.state in states]

    @property
    def ran_nothing(self) -> bool:
        """Whether everything was complete before."""
        return all(task.state is TaskState.ALREADY_COMPLETE for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON types. A long list is cut, failures first; ``omitted`` says by how many."""
        order = list(TaskState)
        listed = sorted(self.tasks, key=lambda task: order.index(task.state))[:LISTED_TASKS]
        return {
            "status": self.status,
            "counts": self.counts,
            "tasks": [task.to_json() for task in listed],
            "omitted": len(self.tasks) - len(listed),
        }


def task_name(family: str, params: Mapping[str, str]) -> str:
    """Give ``Family(parameter=value, ...)``, as luigi writes a task."""
    return f"{family}({', '.join(f'{name}={value}' for name, value in params.items())})"


def cut(text: str, length: int) -> str:
    """Give a text, or if it is longer than that, its beginning with an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 3]}..."
