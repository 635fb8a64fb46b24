"""LuigiCompletenessOperator: find out which dates of a Luigi task are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, BaseOperator

from airflow_luigi.masking import mask_given_parameters
from airflow_luigi.notes import COMPLETENESS, NOTE, note

if TYPE_CHECKING:
    import luigi
    from airflow.sdk import Context

    from airflow_luigi.core.config import LuigiConfig
    from airflow_luigi.core.matrix import Matrix

MATRIX_KEY = "luigi_completeness"
MARKERS_KEY = "luigi_markers"


class LuigiCompletenessOperator(BaseOperator):
    """Ask which dates of a Luigi task are complete, and of all that it requires. Nothing is run or created.

    It returns the missing dates, as texts that Luigi's command line takes, in order: a list that ``expand()``
    can map tasks over. XCom ``luigi_completeness`` has the whole matrix, a character a cell, see
    :meth:`airflow_luigi.core.matrix.Matrix.compact`; the log has it as a table. XCom ``luigi_markers`` has
    the rows of marker tables that were found, see
    :meth:`airflow_luigi.core.matrix.Matrix.compact_markers`.

    :param luigi_task: ``"package.module:Class"``, or the class. A string is imported when the task runs, not
        when the DAG file is parsed.
    :param luigi_params: values for the Luigi task's other parameters (templated), as for
        :class:`~airflow_luigi.operators.LuigiOperator`.
    :param date_param: the parameter that the dates go into. Default: the only one for dates that is free.
    :param start: the first date (templated): a date, or a text as ``2026``, ``2026-11``, ``2026-W45``,
        ``2026-11-01`` or ``2026-11-01T13``. A moment with a timezone is taken in the DAG's. Default: the
        DAG's ``start_date``.
    :param end: the last date (templated), in the same forms; one that is longer than the parameter's step
        stands for all of it. Default: the run's date, see :func:`airflow_luigi.run_date.run_date`.
    :param luigi_config: section -> key -> value, set in luigi's configuration meanwhile.
    :param limit: the most missing dates to return, oldest first. Airflow maps over 1024 at most, unless
        ``[core] max_map_length`` says otherwise. Default: all.
    """

    template_fields = ("luigi_params", "start", "end")
    template_fields_renderers: ClassVar = {"luigi_params": "json"}
    ui_color = "#d9efd5"

    def __init__(
        self,
        *,
        luigi_task: str | type[luigi.Task],
        luigi_params: Mapping[str, Any] | None = None,
        date_param: str | None = None,
        start: str | dt.date | None = None,
        end: str | dt.date | None = None,
        luigi_config: LuigiConfig | None = None,
        limit: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if limit is not None and limit < 1:
            raise ValueError(f"limit must be 1 or more, or None, not {limit!r}.")
        self.luigi_task = luigi_task
        self.luigi_params = luigi_params or {}
        self.date_param = date_param
        self.start = start
        self.end = end
        self.luigi_config = luigi_config or {}
        self.limit = limit
        # What a task returned can't be noted before it has.
        if isinstance(self.luigi_params, Mapping):
            self.params[NOTE] = note(self, COMPLETENESS, date_param)

    def _do_render_template_fields(self, *args: Any, **kwargs: Any) -> None:
        super()._do_render_template_fields(*args, **kwargs)
        # Airflow stores the rendered fields before it calls execute().
        mask_given_parameters(self.luigi_task, self.luigi_params, None)

    def execute(self, context: Context) -> list[str]:
        """Ask, and give the missing dates.

        :raises AirflowFailException: the task's description or the range is wrong; Airflow does not retry.
        :raises AirflowException: of a date can't be told whether it is there; Airflow retries.
        """
        # luigi takes half a second to import, which parsing a DAG file need not wait for.
        from airflow_luigi.core.task_spec import TaskSpecError
        from airflow_luigi.matrix_table import error_lines, table_text

        try:
            matrix = self._matrix(context)
        except TaskSpecError as error:
            raise AirflowFailException(str(error)) from error
        for line in table_text(matrix).splitlines():
            self.log.info("%s", line)
        context["ti"].xcom_push(key=MATRIX_KEY, value=matrix.compact())
        context["ti"].xcom_push(key=MARKERS_KEY, value=matrix.compact_markers())
        if matrix.unknown:
            raise AirflowException(
                f"Of {len(matrix.unknown)} dates it can't be told whether they are there: "
                + "; ".join(error_lines(matrix))
            )
        missing = list(matrix.missing_dates)
        if self.limit is not None and len(missing) > self.limit:
            self.log.info("Of %d missing dates, the first %d are returned.", len(missing), self.limit)
        return missing[: self.limit]

    def _matrix(self, context: Context) -> Matrix:
        from airflow_luigi.connections import airflow_connection
        from airflow_luigi.core.completeness import completeness
        from airflow_luigi.core.config import luigi_settings
        from airflow_luigi.core.date_range import date_param_of
        from airflow_luigi.core.dates import date_value
        from airflow_luigi.core.resolvers import use_resolver
        from airflow_luigi.core.secrets import Redactor
        from airflow_luigi.core.task_secrets import kept_secret
        from airflow_luigi.core.task_spec import TaskSpecError, load_task_class
        from airflow_luigi.masking import mask_secret
        from airflow_luigi.run_date import run_date

        task_class = load_task_class(self.luigi_task)
        name = date_param_of(task_class, self.date_param, self.luigi_params)
        start = self.start if self.start not in (None, "") else context["dag"].start_date
        if start is None:
            raise TaskSpecError("The DAG has no start_date: give the first date as start.")
        end: Any = self.end
        if end in (None, ""):
            end = date_value(task_class, name, run_date(context))
        redactor = Redactor(on_secret=mask_secret)
        with use_resolver(airflow_connection), luigi_settings(self.luigi_config), kept_secret(redactor):
            return completeness(
                task_class,
                self.luigi_params,
                name,
                _local(start, context),
                _local(end, context),
                redactor=redactor,
            )


def _local(bound: Any, context: Context) -> Any:
    """Give a moment that has a timezone as the clocks of the DAG's show it; anything else as it is."""
    from airflow_luigi.timezones import dag_timezone, local_time

    value = bound
    if isinstance(value, str):
        try:
            # Python 3.10 does not read a "Z".
            value = dt.datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        except ValueError:
            return bound
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return local_time(value, dag_timezone(context["dag"]))
    return bound
