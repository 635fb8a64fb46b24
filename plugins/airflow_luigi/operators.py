"""LuigiOperator: build a Luigi task when Airflow says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator, TaskDeferred, conf

from airflow_luigi.assets import Rebuilt
from airflow_luigi.core.report import TaskState
from airflow_luigi.links import LuigiVisualiserLink
from airflow_luigi.masking import mask_given_parameters
from airflow_luigi.notes import BUILD, NOTE, note

if TYPE_CHECKING:
    import luigi
    from airflow.sdk import Context

    from airflow_luigi.core.config import LuigiConfig
    from airflow_luigi.core.nodes import Part
    from airflow_luigi.core.report import BuildReport

ON_MISSING_EXTERNAL = ("fail", "skip", "wait")


def seconds(name: str, value: float | timedelta) -> float:
    """Give a length of time in seconds.

    :param name: of the argument that it is given as.
    :raises ValueError: it is none.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not number >= 0:
        raise ValueError(f"{name} must be a timedelta, or seconds, and not negative; not {value!r}.")
    return float(number)


class BuildKilled(KeyboardInterrupt):
    """Airflow ends the task. A KeyboardInterrupt is the one exception that luigi lets through everywhere."""


class LuigiOperator(BaseOperator):
    """Build a Luigi task with all that it requires; what is complete is not run again.

    It returns the :class:`~airflow_luigi.core.report.BuildReport` as JSON, which is in XCom even if the task
    fails.

    :param luigi_task: ``"package.module:Class"``, or the class. A string is imported when the task runs, not
        when the DAG file is parsed.
    :param luigi_params: values for the Luigi task's parameters (templated). Strings are read as Luigi reads
        its command line; other values are taken as they are.
    :param run_date_param: the date parameter that the run's date goes into, converted for its type; see
        :func:`airflow_luigi.run_date.run_date` for which date that is. A value in ``luigi_params`` wins.
    :param conf_params: the parameters that whoever triggers a run may set, in the run's conf:
        ``{"luigi_params": {"date": "2026-11-01"}}``. They win over all else. Default: none.
    :param workers: how many Luigi tasks may run at once on this Airflow worker.
    :param scheduler_conn_id: Airflow connection to luigi's central scheduler, of the type ``luigi``; see
        ``docs/luigid.md``. Default: a scheduler of the build's own.
    :param luigi_config: section -> key -> value, set in luigi's configuration for the length of the build.
    :param python: path of another virtual environment's interpreter (templated). The build runs in it, with
        that environment's luigi and pandas; nothing of Airflow is needed there. See ``docs/interpreters.md``.
    :param on_missing_external: ``"fail"``, ``"skip"`` or ``"wait"`` when external data is missing. To wait,
        the Airflow task is deferred until all of it has come, and then builds again; see
        ``docs/waiting.md``.
    :param external_timeout: how long to wait in all, from the start of the try: seconds, or a timedelta.
        Default: ``[sensors] default_timeout``, as Airflow's sensors have it.
    :param external_poke_interval: how often to ask meanwhile: seconds, or a timedelta; 5 s or more.
    :param skip_when_complete: show a build that found everything complete as skipped instead of success.
    :param asset_events: tell Airflow of what was rebuilt, as events of the assets of
        :func:`airflow_luigi.assets.luigi_asset` that a DAG names; see ``docs/assets.md``. Events of
        ``outlets`` are Airflow's own, and come with every success.
    """

    template_fields = ("luigi_params", "python")
    template_fields_renderers: ClassVar = {"luigi_params": "json"}
    operator_extra_links = (LuigiVisualiserLink(),)
    ui_color = "#d9efd5"

    # An operator for a part of the task's graph has more to say here.
    part: Part | None = None
    noted: Collection[str] = ()

    def __init__(
        self,
        *,
        luigi_task: str | type[luigi.Task],
        luigi_params: Mapping[str, Any] | None = None,
        run_date_param: str | None = None,
        conf_params: Collection[str] = (),
        workers: int = 1,
        scheduler_conn_id: str | None = None,
        luigi_config: LuigiConfig | None = None,
        python: str | None = None,
        on_missing_external: str = "fail",
        external_timeout: float | timedelta | None = None,
        external_poke_interval: float | timedelta = 60.0,
        skip_when_complete: bool = False,
        asset_events: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if on_missing_external not in ON_MISSING_EXTERNAL:
            raise ValueError(
                f"on_missing_external must be one of {', '.join(map(repr, ON_MISSING_EXTERNAL))}, "
                f"not {on_missing_external!r}."
            )
        if workers < 1:
            raise ValueError(f"workers must be 1 or more, not {workers!r}.")
        if isinstance(conf_params, str):
            raise ValueError(f"conf_params must be a list of names: write [{conf_params!r}].")
        self.luigi_task = luigi_task
        self.luigi_params = luigi_params or {}
        self.run_date_param = run_date_param
        self.conf_params = conf_params
        self.workers = workers
        self.scheduler_conn_id = scheduler_conn_id
        self.luigi_config = luigi_config or {}
        self.python = python
        self.on_missing_external = on_missing_external
        self.external_timeout = seconds(
            "external_timeout",
            conf.getfloat("sensors", "default_timeout") if external_timeout is None else external_timeout,
        )
        self.external_poke_interval = seconds("external_poke_interval", external_poke_interval)
        self.skip_when_complete = skip_when_complete
        self.asset_events = asset_events
        # What a task returned can't be noted before it has.
        if isinstance(self.luigi_params, Mapping):
            self.params[NOTE] = note(self, BUILD, self.run_date_param)
        self.visualiser_url = ""
        self.external_deadline: float | None = None
        self._building = False

    def _do_render_template_fields(self, *args: Any, **kwargs: Any) -> None:
        super()._do_render_template_fields(*args, **kwargs)
        # Airflow stores the rendered fields before it calls execute().
        mask_given_parameters(self.luigi_task, self.luigi_params, self.python)

    def execute(self, context: Context) -> dict[str, Any]:
        """Build the task.

        :raises AirflowFailException: the description of the task is wrong; Airflow does not retry.
        :raises AirflowException: the build failed, or could not run; Airflow retries.
        :raises AirflowSkipException: as ``on_missing_external`` and ``skip_when_complete`` say.
        :raises TaskDeferred: external data is missing, and ``on_missing_external`` is ``"wait"``.
        """
        # luigi takes half a second to import, which parsing a DAG file need not wait for.
        from airflow_luigi.execution import build_for
        from airflow_luigi.verdict import conclude

        rebuilt = Rebuilt(self, context)
        self._building = True
        try:
            report = build_for(self, context, on_broken_off=rebuilt.keep)
        finally:
            self._building = False
        result = report.to_json()
        self.after_build(report, context)
        ran = report.in_state(TaskState.RAN)
        try:
            if self.on_missing_external == "wait" and report.status == "MISSING_EXT":
                # It imports what the triggerer needs.
                from airflow_luigi.waiting import wait_for_external

                wait_for_external(self, report, context)
            conclude(
                report,
                on_missing_external=self.on_missing_external,
                # A skipped task emits nothing.
                skip_when_complete=self.skip_when_complete and not rebuilt.earlier,
            )
        except BaseException as ended:
            rebuilt.keep(ran)
            if isinstance(ended, (Exception, TaskDeferred)) and self.do_xcom_push:
                context["ti"].xcom_push(key="return_value", value=result)
            raise
        rebuilt.emit(ran)
        return result

    def execute_after_wait(
        self, context: Context, event: Mapping[str, Any], external_deadline: float
    ) -> dict[str, Any]:
        """Build again, now that the external data has come.

        :param event: what the trigger says.
        :param external_deadline: until when to wait if more is missing, in seconds since the epoch.
        :raises AirflowSensorTimeout: the data has not come in time; Airflow does not retry.
        """
        from airflow_luigi.waiting import conclude_wait

        conclude_wait(event)
        self.external_deadline = external_deadline
        return self.execute(context)

    def after_build(self, report: BuildReport, context: Context) -> None:
        """Do what there is to do when a build has ended, however it went."""

    def on_kill(self) -> None:
        """End the build, when Airflow ends the task."""
        if self._building:
            raise BuildKilled("Airflow ended the task while Luigi was building.")
