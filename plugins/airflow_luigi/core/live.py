"""A build as it stands, in values small enough to be published every few seconds.

The head has a character for each task, and is published each time. What is known of the tasks besides is in
pages that are only added to: a new version replaces none but the last of them. So a build of 10,000 tasks
costs its pages once, and then 10 KB a time.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import luigi
from luigi.task_status import RUNNING

from airflow_luigi.core.outcome import error_of, states_of, without_batches
from airflow_luigi.core.recorder import TaskRecord
from airflow_luigi.core.report import LISTED_OUTPUTS, LISTED_URI, LISTED_VALUE, BuildReport, TaskState, cut
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.targets import output_uris
from airflow_luigi.core.task_spec import spec_of

HEAD_KEY = "luigi_live"
BROKEN_OFF = "BROKEN_OFF"
"""The status of a build that a timeout, a kill or an error ended."""

# Airflow's task state store takes values of 64 KB.
PAGE_BYTES = 48_000
# Beyond so many tasks the head would be larger than that.
LISTED_TASKS = 50_000
LISTED_PARAMS = 50
LISTED_ERROR = 500
LISTED_DETAIL = 16_000
# Of what was complete before, so many tasks are asked for their targets.
ASKED_FOR_OUTPUTS = 1_000

_RUNNING, _WAITING = "N", "W"
_CODES = {
    TaskState.FAILED: "F",
    TaskState.MISSING_EXTERNAL: "X",
    TaskState.DISABLED: "D",
    TaskState.RUN_BY_OTHER_WORKER: "O",
    TaskState.NOT_RUN: "S",
    TaskState.UPSTREAM_FAILED: "U",
    TaskState.RAN: "R",
    TaskState.ALREADY_COMPLETE: "C",
}
CODES: Mapping[str, str] = {
    _RUNNING: "running",
    _WAITING: "waiting",
    **{code: state.value for state, code in _CODES.items()},
}
_TOLD_AT_ONCE = (TaskState.FAILED, TaskState.MISSING_EXTERNAL, TaskState.DISABLED)

Entry = dict[str, Any]


class Live:
    """What has been published of one build, and what there is to publish next.

    :param redactor: hides the secrets. When it has learnt of more of them, the pages begin anew.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._started = time.time()
        # No two tries of a task have the same, nor two builds of a try.
        self._edition = time.time_ns() // 1000
        self._begin()

    def _begin(self) -> None:
        self._known_secrets = self._redactor.known
        self._pages = _Pages()
        self._families: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        # What the entries so far have told of each task.
        self._requires: dict[str, int] = {}
        self._ran: dict[str, tuple[float | None, ...]] = {}
        self._failed: dict[str, tuple[TaskState, int]] = {}

    def values(
        self,
        records: Mapping[str, TaskRecord],
        tasks: Mapping[str, luigi.Task],
        *,
        report: BuildReport | None = None,
        broken_off: bool = False,
    ) -> Iterator[tuple[str, Any]]:
        """Give what has to be published so that others know the build as it is now, as keys and JSON values.

        :param records: what the scheduler heard, by task id.
        :param tasks: what the worker scheduled, by task id.
        :param report: of a build that has ended.
        :param broken_off: whether an exception has ended it.
        """
        if self._redactor.known != self._known_secrets:
            self._edition += 1
            self._begin()
        scheduled = without_batches(records)
        states = states_of(scheduled, tasks)
        for task_id in itertools.islice(scheduled, len(self._numbers), LISTED_TASKS):
            self._numbers[task_id] = len(self._numbers)
        over = report is not None or broken_off
        entries = [
            *self._new_tasks(scheduled, tasks),
            *self._new_runs(scheduled),
            *self._new_errors(scheduled, tasks, states, over),
            *(self._outputs(report, tasks) if report is not None else ()),
        ]
        for number, text in self._pages.add(entries):
            yield f"{HEAD_KEY}_{number}", text
        codes = (_code(scheduled[task_id], states[task_id], over) for task_id in self._numbers)
        yield (
            HEAD_KEY,
            {
                "version": 1,
                "edition": self._edition,
                "pages": self._pages.count,
                "last_page": self._pages.version,
                "started": self._started,
                "published": time.time(),
                "status": report.status if report is not None else BROKEN_OFF if broken_off else None,
                "states": "".join(codes),
                "codes": dict(CODES),
                "omitted": len(scheduled) - len(self._numbers),
            },
        )

    def _new_tasks(
        self, records: Mapping[str, TaskRecord], tasks: Mapping[str, luigi.Task]
    ) -> Iterator[Entry]:
        """Tell of tasks, and again of one when more of what it requires is known."""
        for task_id, number in self._numbers.items():
            record = records[task_id]
            told = self._requires.get(task_id)
            if told == len(record.deps):
                continue
            requires = sorted(self._numbers[dep] for dep in record.deps if dep in self._numbers)
            if told == len(requires):
                continue
            self._requires[task_id] = len(requires)
            params = dict([*record.params.items()][:LISTED_PARAMS])
            shape = f"{record.family} {' '.join(params)}"
            if shape not in self._families:
                self._families[shape] = len(self._families)
                task = tasks.get(task_id)
                task_class = spec_of(type(task)) if task is not None else ""
                yield {"family": [self._families[shape], record.family, task_class, [*params]]}
            yield {
                "task": [
                    number,
                    self._redactor(task_id),
                    self._families[shape],
                    [cut(self._redactor(value), LISTED_VALUE) for value in params.values()],
                    requires,
                ]
            }

    def _new_runs(self, records: Mapping[str, TaskRecord]) -> Iterator[Entry]:
        for task_id, number in self._numbers.items():
            record = records[task_id]
            started, finished = record.started, record.finished
            if started is None or self._ran.get(task_id) == (started, finished):
                continue
            self._ran[task_id] = started, finished
            seconds = None if finished is None else round(finished - started, 3)
            yield {"ran": [number, round(started, 3), seconds, record.runs]}

    def _new_errors(
        self,
        records: Mapping[str, TaskRecord],
        tasks: Mapping[str, luigi.Task],
        states: Mapping[str, TaskState],
        over: bool,
    ) -> Iterator[Entry]:
        for task_id, number in self._numbers.items():
            state = states[task_id]
            # Until the build is over, most of what has not run is just waiting.
            if state.done or not (over or state in _TOLD_AT_ONCE):
                continue
            record = records[task_id]
            if self._failed.get(task_id) == (state, record.runs):
                continue
            self._failed[task_id] = state, record.runs
            error, detail = error_of(record, states, records, tasks.get(task_id), self._redactor)
            if error:
                yield {"error": [number, cut(error, LISTED_ERROR), _shortened(detail or "")]}

    def _outputs(self, report: BuildReport, tasks: Mapping[str, luigi.Task]) -> Iterator[Entry]:
        asked = 0
        # Both are in the order in which luigi scheduled the tasks.
        for told, task_id in zip(report.tasks, self._numbers, strict=False):
            uris = told.outputs
            if told.state is TaskState.ALREADY_COMPLETE and task_id in tasks and asked < ASKED_FOR_OUTPUTS:
                asked += 1
                uris = output_uris(tasks[task_id], self._redactor)
            if uris:
                listed = [cut(uri, LISTED_URI) for uri in uris[:LISTED_OUTPUTS]]
                yield {"outputs": [self._numbers[task_id], listed, len(uris) - len(listed)]}


class _Pages:
    """Entries in pages that are small enough; only the last one is added to."""

    def __init__(self) -> None:
        self._sealed = 0
        self._entries: list[Entry] = []
        self.version = 0

    @property
    def count(self) -> int:
        return self._sealed + bool(self._entries)

    def add(self, entries: Sequence[Entry]) -> list[tuple[int, str]]:
        """Add entries; give the numbers and the texts of the pages that are new or have changed."""
        if not entries:
            return []
        self.version += 1
        pages = _paged([*self._entries, *entries])
        changed = [(self._sealed + at, text) for at, (_, text) in enumerate(pages)]
        self._sealed += len(pages) - 1
        self._entries = pages[-1][0]
        return changed


def _paged(entries: list[Entry]) -> list[tuple[list[Entry], str]]:
    data = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text = base64.b64encode(zlib.compress(data)).decode()
    if len(text) <= PAGE_BYTES or len(entries) == 1:
        return [(entries, text)]
    middle = len(entries) // 2
    return [*_paged(entries[:middle]), *_paged(entries[middle:])]


def _code(record: TaskRecord, state: TaskState, over: bool) -> str:
    if not over:
        if record.status == RUNNING:
            return _RUNNING
        if state is TaskState.NOT_RUN:
            return _WAITING
    return _CODES[state]


def _shortened(text: str) -> str:
    """Cut a long text in its middle: a traceback says where it begins, and ends with what went wrong."""
    if len(text) <= LISTED_DETAIL:
        return text
    half = LISTED_DETAIL // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
