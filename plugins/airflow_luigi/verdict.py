"""From Luigi's verdict on a build to the state of the Airflow task."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from airflow_luigi.core.report import BuildReport, TaskReport, TaskState

_NAMED = 20


def conclude(report: BuildReport, *, on_missing_external: str, skip_when_complete: bool) -> None:
    """Return if the Airflow task is a success; else raise what makes Airflow retry, fail or skip it.

    :param report: what the build did.
    :param on_missing_external: ``"skip"``, else a failure.
    :param skip_when_complete: whether a build with nothing to do is shown as skipped.
    :raises AirflowException: the build failed, or did not run: Airflow retries it.
    :raises AirflowSkipException: see the parameters.
    """
    if report.status.startswith("SUCCESS"):
        if skip_when_complete and report.ran_nothing:
            raise AirflowSkipException(f"All of {len(report.tasks)} tasks were complete.")
        return
    if report.status == "MISSING_EXT":
        message = _message("external data is missing", report.in_state(TaskState.MISSING_EXTERNAL))
        raise AirflowSkipException(message) if on_missing_external == "skip" else AirflowException(message)
    if failed := report.in_state(TaskState.FAILED):
        raise AirflowException(f"{_message(f'Luigi says {report.status}', failed)}\n\n{failed[0].detail}")
    stuck = report.in_state(TaskState.DISABLED, TaskState.RUN_BY_OTHER_WORKER, TaskState.NOT_RUN)
    raise AirflowException(_message(f"Luigi says {report.status}", stuck))


def _message(headline: str, tasks: list[TaskReport]) -> str:
    lines = [f"{task.name}: {task.error}" for task in tasks[:_NAMED]]
    if len(tasks) > _NAMED:
        lines.append(f"and {len(tasks) - _NAMED} more")
    return "\n  ".join([f"{headline}: {len(tasks)} task{'s' * (len(tasks) != 1)}", *lines])
