"""From what the scheduler heard of each task to what became of it, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import luigi
from luigi.task import flatten
from luigi.task_status import DISABLED, DONE, FAILED, UNKNOWN

from airflow_luigi.core.recorder import TaskRecord
from airflow_luigi.core.report import BuildReport, TaskReport, TaskState
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.targets import output_uris
from airflow_luigi.core.task_spec import spec_of
from airflow_luigi.core.wanted import wanted
from airflow_luigi.core.worker import is_external, target_name

_BLOCKING = (TaskState.FAILED, TaskState.MISSING_EXTERNAL, TaskState.DISABLED, TaskState.UPSTREAM_FAILED)


def report_on(
    status: str,
    roots: Iterable[luigi.Task],
    tasks: Mapping[str, luigi.Task],
    records: Mapping[str, TaskRecord],
    redactor: Redactor,
) -> BuildReport:
    """Make the report of a build that has ended.

    :param status: the name of luigi's status code.
    :param roots: what was asked for.
    :param tasks: what the worker scheduled, by task id.
    :param records: what the scheduler heard, by task id.
    :param redactor: hides the secrets.
    """
    scheduled = without_batches(records)
    states = states_of(scheduled, tasks)
    reports = {
        task_id: _task_report(record, states, records, tasks.get(task_id), redactor)
        for task_id, record in scheduled.items()
    }
    done = all(states[root.task_id].done for root in roots)
    if status.startswith("SUCCESS") and not done:
        status = "NOT_RUN"
    elif status == "NOT_RUN" and done:
        status = "SUCCESS"
    return BuildReport(status, tuple(reports.values()))


def rebuilt(
    tasks: Mapping[str, luigi.Task], records: Mapping[str, TaskRecord], redactor: Redactor
) -> tuple[TaskReport, ...]:
    """Give the tasks that have run so far, of a build that has not come to its end.

    :param tasks: what the worker scheduled, by task id.
    :param records: what the scheduler heard, by task id.
    :param redactor: hides the secrets.
    """
    scheduled = without_batches(records)
    states = states_of(scheduled, tasks)
    return tuple(
        _task_report(record, states, records, tasks.get(task_id), redactor)
        for task_id, record in scheduled.items()
        if states[task_id] is TaskState.RAN
    )


def without_batches(records: Mapping[str, TaskRecord]) -> dict[str, TaskRecord]:
    """Leave out the tasks that luigi makes for its batches: what a batch ran is what counts.

    :param records: what the scheduler heard so far; another thread may be adding to it.
    """
    return {task_id: record for task_id, record in [*records.items()] if not record.batch}


def states_of(records: Mapping[str, TaskRecord], tasks: Mapping[str, luigi.Task]) -> dict[str, TaskState]:
    """Give what has become of each task so far; of one that runs, or is to run, that is ``NOT_RUN``.

    :param records: what the scheduler heard, by task id, without those of luigi's batches.
    :param tasks: what the worker scheduled, by task id.
    """
    states = {task_id: _own_state(record, tasks.get(task_id)) for task_id, record in records.items()}
    required_by: dict[str, list[str]] = {}
    for task_id, record in records.items():
        for dep in record.deps:
            required_by.setdefault(dep, []).append(task_id)
    for task_id, state in states.items():
        if state is TaskState.RAN:
            # luigi runs a task when all that it requires is complete: another worker has done it meanwhile.
            for dep in records[task_id].deps & states.keys():
                if states[dep] in (TaskState.NOT_RUN, TaskState.RUN_BY_OTHER_WORKER):
                    states[dep] = TaskState.ALREADY_COMPLETE
    blocking = [task_id for task_id, state in states.items() if state in _BLOCKING]
    while blocking:
        for task_id in required_by.get(blocking.pop(), ()):
            if states[task_id] is TaskState.NOT_RUN:
                states[task_id] = TaskState.UPSTREAM_FAILED
                blocking.append(task_id)
    return states


def _own_state(record: TaskRecord, task: luigi.Task | None) -> TaskState:
    external = task is not None and is_external(task)
    if record.status == DONE:
        # With retry_external_tasks luigi "runs" an external task to see whether it has come.
        return TaskState.RAN if record.started and not external else TaskState.ALREADY_COMPLETE
    if record.status == DISABLED:
        return TaskState.DISABLED
    if record.status == UNKNOWN:
        return TaskState.FAILED
    if external:
        return TaskState.MISSING_EXTERNAL
    if record.status == FAILED:
        return TaskState.FAILED
    return TaskState.RUN_BY_OTHER_WORKER if record.other_worker else TaskState.NOT_RUN


def _task_report(
    record: TaskRecord,
    states: Mapping[str, TaskState],
    records: Mapping[str, TaskRecord],
    task: luigi.Task | None,
    redactor: Redactor,
) -> TaskReport:
    state = states[record.task_id]
    error, detail = error_of(record, states, records, task, redactor)
    ran = record.started is not None and record.finished is not None
    return TaskReport(
        id=redactor(record.task_id),
        family=record.family,
        params={name: redactor(value) for name, value in record.params.items()},
        state=state,
        started=record.started,
        seconds=round(record.finished - record.started, 3) if ran else None,  # type: ignore[operator]
        error=error,
        task_class=spec_of(type(task)) if task is not None else "",
        outputs=output_uris(task, redactor) if task is not None and state is TaskState.RAN else (),
        detail=detail,
        wanted=(wanted(task, redactor).to_json() if task and state is TaskState.MISSING_EXTERNAL else None),
    )


def error_of(
    record: TaskRecord,
    states: Mapping[str, TaskState],
    records: Mapping[str, TaskRecord],
    task: luigi.Task | None,
    redactor: Redactor,
) -> tuple[str | None, str | None]:
    """Say why a task is not done, in one line and in full; nothing of one that is."""
    detail = _detail(record, states[record.task_id], states, records, task)
    return (redactor(_last_line(detail)), redactor(detail)) if detail else (None, None)


def _detail(
    record: TaskRecord,
    state: TaskState,
    states: Mapping[str, TaskState],
    records: Mapping[str, TaskRecord],
    task: luigi.Task | None,
) -> str | None:
    if state is TaskState.FAILED:
        return record.scheduling_error or _decoded(record.explanation) or _without_reason(record)
    if state is TaskState.MISSING_EXTERNAL:
        return f"missing: {_targets(task)}"
    if state is TaskState.DISABLED:
        return "disabled: luigi does not run it (Task.disabled, or too many failures)"
    if state is TaskState.RUN_BY_OTHER_WORKER:
        return f"running in another worker: {record.other_worker}"
    if state is TaskState.UPSTREAM_FAILED:
        blockers = (records[dep] for dep in record.deps if dep in states and states[dep] in _BLOCKING)
        return f"waits for {', '.join(sorted(blocker.family for blocker in blockers))}"
    if state is TaskState.NOT_RUN:
        return "luigi did not let it run: a resource is short, or another worker has what it needs"
    return None


def _decoded(explanation: str | None) -> str | None:
    """Read what the worker sent: the JSON form of whatever the task's ``on_failure`` returned.

    Of a task that luigi couldn't load, the worker sends the exception itself.
    """
    try:
        value = json.loads(explanation) if explanation else None
    except (TypeError, ValueError):
        value = explanation
    return str(value).strip() if value else None


def _without_reason(record: TaskRecord) -> str:
    if record.status == UNKNOWN:
        return "luigi did not schedule it: [worker] task_limit was reached"
    return "it failed, and its on_failure() says no more"


def _targets(task: luigi.Task | None) -> str:
    outputs = flatten(task.output()) if task is not None else []
    return ", ".join(target_name(output) for output in outputs) or "it has no output; complete() is False"


def _last_line(text: str) -> str:
    """Give the line of a traceback that says what went wrong, or the first line of any other text."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not any(line.startswith("Traceback") for line in lines):
        return lines[0]
    # A message may have several lines, behind the last frame's indented ones.
    last_frame = max(i for i, line in enumerate(lines) if line.startswith("  "))
    return lines[min(last_frame + 1, len(lines) - 1)]
