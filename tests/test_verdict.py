from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from airflow_luigi.core.report import BuildReport, TaskReport, TaskState
from airflow_luigi.verdict import conclude


def report(status: str, *states: TaskState) -> BuildReport:
    tasks = [
        TaskReport(f"T_{n}", "T", {"n": str(n)}, state, error=f"why {n}", detail=f"whole story of {n}")
        for n, state in enumerate(states)
    ]
    return BuildReport(status, tuple(tasks))


def concluded(built: BuildReport, missing: str = "fail", skip: bool = False) -> BaseException | None:
    try:
        conclude(built, on_missing_external=missing, skip_when_complete=skip)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("status", ["SUCCESS", "SUCCESS_WITH_RETRY"])
def test_a_success_is_a_success(status: str) -> None:
    assert concluded(report(status, TaskState.RAN, TaskState.ALREADY_COMPLETE), skip=True) is None
    assert concluded(report(status, TaskState.ALREADY_COMPLETE)) is None


def test_nothing_to_do_is_skipped_if_so_asked() -> None:
    error = concluded(report("SUCCESS", TaskState.ALREADY_COMPLETE), skip=True)
    assert isinstance(error, AirflowSkipException)


@pytest.mark.parametrize("status", ["FAILED", "FAILED_AND_SCHEDULING_FAILED", "SCHEDULING_FAILED"])
def test_a_failure_names_each_failed_task_and_tells_the_first_in_full(status: str) -> None:
    error = concluded(report(status, TaskState.RAN, TaskState.FAILED, TaskState.FAILED))
    assert isinstance(error, AirflowException)
    assert str(error) == (
        f"Luigi says {status}: 2 tasks\n  T(n=1): why 1\n  T(n=2): why 2\n\nwhole story of 1"
    )


def test_many_failures_are_counted() -> None:
    error = concluded(report("FAILED", *[TaskState.FAILED] * 25))
    assert "T(n=19): why 19\n  and 5 more\n" in str(error)


def test_missing_external_data_fails_or_skips() -> None:
    missing = report("MISSING_EXT", TaskState.MISSING_EXTERNAL, TaskState.UPSTREAM_FAILED)
    assert type(concluded(missing)) is AirflowException
    assert type(concluded(missing, missing="skip")) is AirflowSkipException
    assert str(concluded(missing)) == "external data is missing: 1 task\n  T(n=0): why 0"


@pytest.mark.parametrize("state", [TaskState.NOT_RUN, TaskState.RUN_BY_OTHER_WORKER, TaskState.DISABLED])
def test_what_did_not_run_fails_and_says_why(state: TaskState) -> None:
    error = concluded(report("NOT_RUN", TaskState.RAN, state))
    assert type(error) is AirflowException
    assert str(error) == "Luigi says NOT_RUN: 1 task\n  T(n=1): why 1"
