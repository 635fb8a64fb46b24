"""What a LuigiOperator does on a worker. It imports luigi, which parsing a DAG file need not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_luigi.connections import airflow_connection
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.dates import RunDate, date_value
from airflow_luigi.core.interpreter import build_in
from airflow_luigi.core.parts import build_part
from airflow_luigi.core.report import BuildReport, TaskReport
from airflow_luigi.core.resolvers import use_resolver
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import kept_secret, learn_task
from airflow_luigi.core.task_spec import TaskSpecError, bind, load_task_class, spec_of
from airflow_luigi.hooks import LuigiHook, without_login
from airflow_luigi.links import visualiser_url
from airflow_luigi.live_store import may_publish_in_background, publisher
from airflow_luigi.masking import mask_secret
from airflow_luigi.run_date import run_date
from airflow_luigi.task_process import guarded_task

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_luigi.operators import LuigiOperator
    from airflow_luigi.sensors import LuigiTaskSensor


def build_for(
    operator: LuigiOperator,
    context: Context,
    *,
    on_broken_off: Callable[[Sequence[TaskReport]], object] | None = None,
) -> BuildReport:
    """Build the Luigi task of an operator, for the run in ``context``.

    :param on_broken_off: called with what has run, when an exception ends the build.
    :raises AirflowFailException: the description of the task is wrong, as it would be on a retry.
    """
    try:
        values, date = given_values(operator, context)
        if operator.python:
            return _build_in_interpreter(operator, operator.python, values, date, context, on_broken_off)
        task_class = load_task_class(operator.luigi_task)
        if date is not None:
            values[date[0]] = date_value(task_class, *date)
        scheduler_url = _scheduler_url(operator)
        redactor = Redactor(on_secret=mask_secret)
        with (
            guarded_task(),
            use_resolver(airflow_connection),
            luigi_settings(operator.luigi_config),
            kept_secret(redactor),
        ):
            task = bind(task_class, values)
            if scheduler_url is not None:
                learn_task(redactor, task)
                _link(operator, context, scheduler_url, redactor.public_id(task.task_id))
            return build_part(
                task,
                operator.part,
                noted=operator.noted,
                workers=operator.workers,
                scheduler_url=scheduler_url,
                redactor=redactor,
                on_progress=lambda progress: operator.log.info("%s", progress),
                on_broken_off=on_broken_off,
                publish=publisher(context),
                publish_in_background=may_publish_in_background(),
            )
    except TaskSpecError as error:
        raise AirflowFailException(str(error)) from error


def given_values(
    operator: LuigiOperator | LuigiTaskSensor, context: Context
) -> tuple[dict[str, Any], tuple[str, RunDate] | None]:
    """Give the values for a Luigi task's parameters, and the date parameter with its date if there is one.

    :raises TaskSpecError: the run's conf sets what it may not.
    """
    values = {**operator.luigi_params, **_conf_values(operator, context)}
    name = operator.run_date_param
    return values, (name, run_date(context)) if name and name not in values else None


def _build_in_interpreter(
    operator: LuigiOperator,
    python: str,
    values: Mapping[str, Any],
    date: tuple[str, RunDate] | None,
    context: Context,
    on_broken_off: Callable[[Sequence[TaskReport]], object] | None,
) -> BuildReport:
    scheduler_url = _scheduler_url(operator)
    with guarded_task():
        report = build_in(
            python,
            operator.luigi_task,
            values,
            part=operator.part,
            noted=operator.noted,
            run_date=date,
            workers=operator.workers,
            scheduler_url=scheduler_url,
            luigi_config=operator.luigi_config,
            resolver=airflow_connection,
            on_secret=mask_secret,
            on_progress=lambda progress: operator.log.info("%s", progress),
            on_broken_off=on_broken_off,
            publish=publisher(context),
        )
    if scheduler_url is not None and report.tasks:
        # The first that luigi told the scheduler of is the one that was asked for.
        _link(operator, context, scheduler_url, report.tasks[0].id)
    return report


def _scheduler_url(operator: LuigiOperator) -> str | None:
    return LuigiHook(operator.scheduler_conn_id).get_url() if operator.scheduler_conn_id else None


def _link(operator: LuigiOperator, context: Context, scheduler_url: str, task_id: str) -> None:
    operator.visualiser_url = visualiser_url(without_login(scheduler_url), task_id)
    # Airflow stores it too, but only when the task has ended.
    (link,) = operator.operator_extra_links
    context["ti"].xcom_push(key=link.xcom_key, value=operator.visualiser_url)


def _conf_values(operator: LuigiOperator | LuigiTaskSensor, context: Context) -> Mapping[str, Any]:
    given = (context["dag_run"].conf or {}).get("luigi_params", {})
    if not isinstance(given, Mapping):
        raise TaskSpecError(f"The run's conf: 'luigi_params' must map names to values, not be {given!r}.")
    if refused := sorted(set(given) - set(operator.conf_params)):
        allowed = ", ".join(map(repr, sorted(operator.conf_params))) or "none"
        raise TaskSpecError(
            f"The run's conf sets {', '.join(map(repr, refused))} of {spec_of(operator.luigi_task)}, which "
            f"conf_params of this task doesn't allow. Allowed: {allowed}."
        )
    return given
