"""Which Luigi task a DAG builds, as far as Airflow's API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import click

from airflow_luigi.cli.airflow_api import AirflowApi
from airflow_luigi.core.secrets import HIDDEN
from airflow_luigi.notes import BUILD, NOTE, TEMPLATE


@dataclass(frozen=True)
class DagTask:
    """A Luigi task with the parameters that its runs have in common.

    :param spec: ``"package.module:Class"``.
    :param date_param: the parameter that the run's date goes into.
    :param params: the other ones that are given.
    :param timezone: the timezone in which runs of the DAG read their date, where it is known.
    """

    spec: str
    date_param: str
    params: Mapping[str, Any] = field(default_factory=dict)
    timezone: str | None = None


def luigi_task_of(
    api: AirflowApi,
    dag_id: str,
    *,
    spec: str | None = None,
    date_param: str | None = None,
    params: Mapping[str, str] | None = None,
) -> DagTask:
    """Find out which Luigi task a DAG builds.

    A LuigiOperator notes its task, its date parameter and its timezone in the DAG, and the names of its
    parameters. Their values are those of its last run, where Airflow has masked what is secret.

    :param api: where the DAG is.
    :param dag_id: the DAG.
    :param spec: which of its Luigi tasks, or any other; default: the only one.
    :param date_param: the date parameter; default: the operator's.
    :param params: parameters of the task; they win over those of the DAG.
    :raises click.UsageError: it can't be found out.
    """
    notes = _notes(api, dag_id)
    if spec is None:
        names = sorted({note["task"] for note in notes.values()})
        if len(names) != 1:
            shown = (
                f"builds {len(names)} Luigi tasks ({', '.join(names)})" if names else "shows no Luigi task"
            )
            raise click.UsageError(
                f"The DAG {dag_id!r} {shown}: name the one whose dates count with --luigi-task module:Class."
            )
        (spec,) = names
    matching = {task_id: note for task_id, note in notes.items() if note["task"] == spec}
    given = dict(params or {})
    if date_param is None:
        found = {note["run_date_param"] for note in matching.values()} - {None}
        if len(found) != 1:
            raise click.UsageError(
                f"The DAG {dag_id!r} does not show which parameter of {spec} gets the run's date: name it "
                "with --date-param."
            )
        (date_param,) = found
    for task_id, note in matching.items():
        wanted = {
            name: how for name, how in note["params"].items() if name not in given and name != date_param
        }
        if wanted:
            given.update(_values(api, dag_id, task_id, wanted))
    given.pop(date_param, None)
    timezone = next((note["timezone"] for note in notes.values() if note.get("timezone")), None)
    return DagTask(spec, date_param, given, timezone)


def _notes(api: AirflowApi, dag_id: str) -> dict[str, dict[str, Any]]:
    tasks = api.get(f"dags/{quote(dag_id, safe='')}/tasks")["tasks"]
    notes = {}
    for task in tasks:
        noted = ((task.get("params") or {}).get(NOTE) or {}).get("value")
        if not (isinstance(noted, dict) and {"task", "run_date_param", "params"} <= noted.keys()):
            continue
        # Airflow goes on showing a DAG as it was before the kinds came, until it has read its file again.
        if noted.get("kind", BUILD) == BUILD:
            notes[str(task["task_id"])] = noted
    return notes


def _values(api: AirflowApi, dag_id: str, task_id: str, wanted: Mapping[str, str]) -> dict[str, Any]:
    templates = [name for name, how in wanted.items() if how == TEMPLATE]
    if templates:
        raise _unknown(dag_id, templates, "is a template there, and may differ from run to run")
    path = f"dags/{quote(dag_id, safe='')}/dagRuns/~/taskInstances"
    last = api.get(path, task_id=task_id, order_by="-start_date", limit=20)["task_instances"]
    for each in last:
        # A task that has not begun has nothing rendered.
        rendered = (each.get("rendered_fields") or {}).get("luigi_params")
        if isinstance(rendered, dict):
            if hidden := [name for name in wanted if HIDDEN in str(rendered.get(name, HIDDEN))]:
                raise _unknown(dag_id, hidden, "Airflow does not show")
            return {name: rendered[name] for name in wanted}
    raise _unknown(dag_id, list(wanted), "is shown by Airflow only when the DAG has run")


def _unknown(dag_id: str, names: list[str], why: str) -> click.UsageError:
    options = " ".join(f"--param {name}=VALUE" for name in names)
    what = ", ".join(map(repr, names))
    return click.UsageError(f"The DAG {dag_id!r} sets {what}, which {why}: give it as {options}.")
