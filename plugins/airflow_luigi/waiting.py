"""What a sensor, or an operator that waits for external data, does on a worker. It imports luigi."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSensorTimeout

from airflow_luigi.connections import airflow_connection
from airflow_luigi.core.checker import CheckerProcess, first_question
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.dates import date_value
from airflow_luigi.core.report import BuildReport, TaskState
from airflow_luigi.core.resolvers import use_resolver
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import kept_secret
from airflow_luigi.core.task_spec import TaskSpecError, bind, load_task_class
from airflow_luigi.core.wanted import Wanted, is_complete, require_importable, secret_setting, wanted
from airflow_luigi.execution import given_values
from airflow_luigi.masking import is_masked, mask_secret
from airflow_luigi.triggers import LuigiTaskTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_luigi.operators import LuigiOperator
    from airflow_luigi.sensors import LuigiTaskSensor

# Seconds that Airflow waits longer than the trigger, which says more when the time is over. It is for a
# triggerer that does not run.
_GRACE = timedelta(seconds=60)


class CheckError(AirflowException):
    """Nobody knows whether a Luigi task is complete."""


class NotStorableError(Exception):
    """What would have to be stored for the triggerer holds a secret."""


def missing_tasks(sensor: LuigiTaskSensor, context: Context) -> list[Wanted]:
    """Ask the tasks that a sensor waits for; give those that are not complete.

    :raises AirflowFailException: the description of the task is wrong.
    :raises CheckError: another interpreter could not say. Here ``complete()`` raises what it raises.
    """
    try:
        values, date = given_values(sensor, context)
        if sensor.python:
            order = first_question(sensor.luigi_task, values, date, sensor.luigi_config)
            return _missing_in(sensor.python, order, sensor.check_timeout)
        task_class = load_task_class(sensor.luigi_task)
        if date is not None:
            values[date[0]] = date_value(task_class, *date)
        redactor = Redactor(on_secret=mask_secret)
        with use_resolver(airflow_connection), luigi_settings(sensor.luigi_config), kept_secret(redactor):
            tasks = sensor.tasks_to_wait_for(bind(task_class, values))
            return [wanted(task, redactor) for task in tasks if not is_complete(task)]
    except TaskSpecError as error:
        raise AirflowFailException(str(error)) from error


def _missing_in(python: str, order: dict[str, Any], limit: float) -> list[Wanted]:
    with CheckerProcess(python, resolver=airflow_connection) as checker:
        answer = checker.ask(order, limit)
    if answer.is_spec_error:
        raise TaskSpecError(answer.error)
    if answer.error is not None or answer.wanted is None:
        raise CheckError(_with_detail(f"{python}: {answer.error}", answer.detail))
    return [] if answer.complete else [Wanted(**answer.wanted)]


def sensor_trigger(sensor: LuigiTaskSensor, context: Context, missing: Sequence[Wanted]) -> LuigiTaskTrigger:
    """Give the trigger with which a sensor goes on waiting.

    :raises NotStorableError: a task, or luigi's configuration, holds a secret.
    :raises AirflowFailException: a task that no other process can import.
    """
    return _trigger(
        context,
        missing,
        timeout=sensor.timeout,
        poke_interval=sensor.poke_interval,
        luigi_config=sensor.luigi_config,
        python=sensor.python,
        check_timeout=sensor.check_timeout,
        error_tolerance=sensor.error_tolerance,
    )


def wait_for_external(operator: LuigiOperator, report: BuildReport, context: Context) -> NoReturn:
    """Put an operator's Airflow task aside until the external data that a build misses has come.

    :raises TaskDeferred: always, but for what follows.
    :raises AirflowSensorTimeout: the time is over.
    :raises AirflowException: what would have to be stored holds a secret.
    """
    missing = [
        Wanted(**task.wanted)
        for task in report.in_state(TaskState.MISSING_EXTERNAL)
        if task.wanted is not None
    ]
    try:
        trigger = _trigger(
            context,
            missing,
            timeout=operator.external_timeout,
            deadline=operator.external_deadline,
            poke_interval=operator.external_poke_interval,
            luigi_config=operator.luigi_config,
            python=operator.python,
        )
    except NotStorableError as error:
        raise AirflowException(
            f"external data is missing: {listed(missing)}\nIt can't be waited for: {error}"
        ) from None
    operator.log.info("Waiting for external data: %s", listed(missing))
    operator.defer(
        trigger=trigger,
        method_name="execute_after_wait",
        kwargs={"external_deadline": trigger.deadline},
        timeout=_airflows_timeout(trigger),
    )
    raise AssertionError("defer() raises")


def _airflows_timeout(trigger: LuigiTaskTrigger) -> timedelta:
    return timedelta(seconds=max(trigger.deadline - time.time(), 0)) + _GRACE


def defer_sensor(sensor: LuigiTaskSensor, trigger: LuigiTaskTrigger) -> NoReturn:
    """Put a sensor's Airflow task aside."""
    sensor.defer(trigger=trigger, method_name="execute_complete", timeout=_airflows_timeout(trigger))
    raise AssertionError("defer() raises")


def _trigger(
    context: Context,
    missing: Sequence[Wanted],
    *,
    timeout: float,
    deadline: float | None = None,
    luigi_config: Mapping[str, Mapping[str, Any]],
    python: str | None,
    **arguments: Any,
) -> LuigiTaskTrigger:
    if setting := secret_setting(luigi_config):
        raise NotStorableError(
            f"luigi_config holds a secret, {setting}, which Airflow would store for the triggerer. Put it "
            "into the luigi.cfg of the triggerer and the workers."
        )
    for task in missing:
        secret = _secret_of(task)
        if secret is None:
            continue
        raise NotStorableError(
            f"the parameter {secret!r} of {task.name} holds a secret, which Airflow would store for "
            "the triggerer. Name a connection in its place, or put it into luigi.cfg."
        )
    begun = getattr(context["ti"], "start_date", None)
    deadline = deadline or (begun.timestamp() if begun else time.time()) + timeout
    if time.time() >= deadline:
        raise AirflowSensorTimeout(f"not complete in time: {listed(missing)}")
    if not python:
        try:
            for task in missing:
                require_importable(task.task)
        except TaskSpecError as error:
            raise AirflowFailException(str(error)) from error
    return LuigiTaskTrigger(
        tasks=[task.to_json() for task in missing],
        started=time.time(),
        deadline=deadline,
        luigi_config=luigi_config,
        python=python,
        search_path=[] if python else _folders(context, missing),
        **arguments,
    )


def _secret_of(task: Wanted) -> str | None:
    """Give the parameter that holds a secret: as such, or because a template took it from a connection."""
    given = json.loads(task.params)
    values = {**given["values"], **given["texts"]}
    return task.secret or next((name for name, value in values.items() if is_masked(value)), None)


def _folders(context: Context, missing: Iterable[Wanted]) -> list[str]:
    """Give the DAG bundle's folder if the pipeline is in there: the triggerer does not search it."""
    path = getattr(getattr(context["ti"], "bundle_instance", None), "path", None)
    files = (getattr(sys.modules.get(task.task.partition(":")[0]), "__file__", None) for task in missing)
    if path is not None and any(file and Path(file).is_relative_to(path) for file in files):
        return [str(path)]
    return []


def listed(missing: Sequence[Wanted]) -> str:
    """Name tasks and their targets, a line each."""
    count = f"{len(missing)} task{'s' * (len(missing) != 1)}"
    more = [f"and {len(missing) - 20} more"] if len(missing) > 20 else []
    return "\n  ".join([count, *map(str, missing[:20]), *more])


def conclude_wait(event: Mapping[str, Any]) -> None:
    """Return if what was waited for is there.

    :param event: what :class:`LuigiTaskTrigger` says.
    :raises AirflowSensorTimeout: it has not come in time; Airflow does not retry.
    :raises AirflowFailException: the triggerer can't make the task; Airflow does not retry.
    :raises CheckError: nobody knows; Airflow retries.
    """
    status = event["status"]
    if status == "complete":
        return
    text = str(event["text"])
    if status == "timeout":
        raise AirflowSensorTimeout(text)
    if status == "unusable":
        raise AirflowFailException(
            f"The triggerer could not ask it. {text}\n"
            "The triggerer needs what the pipeline needs: its modules on PYTHONPATH, installed, in the "
            "plugins folder, or in the DAG's bundle if it shares that folder with the workers; the same "
            "luigi.cfg; and the interpreter that 'python' names. Or set deferrable=False on a sensor."
        )
    raise CheckError(
        _with_detail(f"It could not be asked for {event['seconds']} s. {text}", event.get("detail"))
    )


def _with_detail(text: str, detail: str | None) -> str:
    return f"{text}\n\n{detail}" if detail else text
