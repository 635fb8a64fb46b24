"""LuigiTaskSensor: wait until a Luigi task is complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseSensorOperator

from airflow_luigi.masking import mask_given_parameters
from airflow_luigi.operators import seconds

if TYPE_CHECKING:
    import luigi
    from airflow.sdk import Context

    from airflow_luigi.core.config import LuigiConfig


class LuigiTaskSensor(BaseSensorOperator):
    """Wait until a Luigi task is complete; nothing is built.

    ``complete()`` is asked on the worker first. Then the Airflow task is deferred: a process beside the
    triggerer asks again and again, and no worker slot is taken. See ``docs/waiting.md``.

    :param luigi_task: ``"package.module:Class"``, or the class; see
        :class:`~airflow_luigi.operators.LuigiOperator` for this and the next five.
    :param luigi_params: values for the Luigi task's parameters (templated).
    :param run_date_param: the date parameter that the run's date goes into.
    :param conf_params: the parameters that whoever triggers a run may set, in the run's conf.
    :param luigi_config: section -> key -> value, set in luigi's configuration while the task is asked.
    :param python: path of another virtual environment's interpreter (templated), in which the task is asked.
    :param deferrable: whether to wait in the triggerer. Default: True, whatever ``[operators]
        default_deferrable`` says: that is for operators which did something else first. Where no triggerer
        runs, set it to False, with ``mode="reschedule"``.
    :param check_timeout: how long one question may take in the triggerer, or in another interpreter: seconds,
        or a timedelta. On the worker itself ``execution_timeout`` is the limit.
    :param error_tolerance: how long the task may do nothing but raise, hang or crash in the triggerer, before
        the Airflow task fails: seconds, or a timedelta. On the worker an error fails it at once.
    :param kwargs: arguments of Airflow's sensors: ``poke_interval`` (5 s or more in the triggerer),
        ``timeout``, ``soft_fail``, ``mode`` and others. ``timeout`` counts from the start of the try.
    """

    template_fields = ("luigi_params", "python")
    template_fields_renderers: ClassVar = {"luigi_params": "json"}
    ui_color = "#d9efd5"

    def __init__(
        self,
        *,
        luigi_task: str | type[luigi.Task],
        luigi_params: Mapping[str, Any] | None = None,
        run_date_param: str | None = None,
        conf_params: Collection[str] = (),
        luigi_config: LuigiConfig | None = None,
        python: str | None = None,
        deferrable: bool = True,
        check_timeout: float | timedelta = 60.0,
        error_tolerance: float | timedelta = timedelta(minutes=10),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(conf_params, str):
            raise ValueError(f"conf_params must be a list of names: write [{conf_params!r}].")
        self.luigi_task = luigi_task
        self.luigi_params = luigi_params or {}
        self.run_date_param = run_date_param
        self.conf_params = conf_params
        self.luigi_config = luigi_config or {}
        self.python = python
        self.deferrable = deferrable
        self.check_timeout = seconds("check_timeout", check_timeout)
        self.error_tolerance = seconds("error_tolerance", error_tolerance)
        self._said = False

    def _do_render_template_fields(self, *args: Any, **kwargs: Any) -> None:
        super()._do_render_template_fields(*args, **kwargs)
        # Airflow stores the rendered fields before it calls execute().
        mask_given_parameters(self.luigi_task, self.luigi_params, self.python)

    def tasks_to_wait_for(self, task: luigi.Task) -> Iterable[luigi.Task]:
        """Give the tasks to wait for; a subclass may wait for others than the one that it was given.

        It is called on the worker, where it may walk the task's requirements; but not with ``python``.

        :param task: what ``luigi_task`` and the parameters say.
        """
        return [task]

    def poke(self, context: Context) -> bool:
        """Ask once, on the worker.

        :raises TaskDeferred: not complete; the triggerer goes on.
        """
        # luigi takes half a second to import, which parsing a DAG file need not wait for.
        from airflow_luigi import waiting

        missing = waiting.missing_tasks(self, context)
        if not missing:
            return True
        if not self._said:
            self.log.info("Waiting for %s", waiting.listed(missing))
        if self.deferrable:
            try:
                trigger = waiting.sensor_trigger(self, context, missing)
            except waiting.NotStorableError as error:
                if not self._said:
                    self.log.warning("Waiting on the worker (mode=%r) because %s", self.mode, error)
            else:
                waiting.defer_sensor(self, trigger)
        self._said = True
        return False

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Come back from the triggerer.

        :param event: what the trigger says.
        :raises AirflowSensorTimeout: not complete in time; Airflow does not retry.
        :raises AirflowException: nobody knows whether it is complete; Airflow retries.
        """
        from airflow_luigi.waiting import conclude_wait

        conclude_wait(event)
        self.log.info("What was waited for is complete.")
