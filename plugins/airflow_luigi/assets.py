"""Luigi's tasks as Airflow's assets: what was rebuilt emits an event, what was found complete does not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType

from airflow_luigi.core.report import TaskReport
from airflow_luigi.notes import spec_of
from airflow_luigi.try_store import try_store

if TYPE_CHECKING:
    import luigi
    from airflow.sdk import Context

    from airflow_luigi.operators import LuigiOperator

Extra = dict[str, Any]

# Luigi tasks listed in an event, and characters of the JSON form of all events of a build: MySQL's column
# holds 64 KB, and so, by default, does a value in Airflow's task state store.
LISTED_TASKS = 100
LISTED_CHARACTERS = 48_000
_FEWER = 4

# Key in the try store.
KEPT = "luigi_rebuilt"

_SPEC = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")


def luigi_asset(luigi_task: str | type[luigi.Task]) -> Asset:
    """Give the asset of a Luigi task class, whatever the parameters: what was rebuilt of it emits events.

    Its name is ``package.module:Class``, its URI ``luigi://package.module/Class``.

    :param luigi_task: ``"package.module:Class"``, with the module that defines the class, or the class. A
        string is not imported.
    :raises ValueError: a string of another form.
    """
    spec = spec_of(luigi_task)
    if not _SPEC.fullmatch(spec):
        raise ValueError(f"luigi_asset({spec!r}): write it as 'package.module:Class'.")
    return Asset(name=spec, uri=f"luigi://{spec.replace(':', '/')}")


class Rebuilt:
    """What one Airflow task has rebuilt and not yet told: in this try, and in earlier ones that failed.

    A task that fails emits nothing, and the retry finds complete what the failed try made. So that is kept,
    and emitted by the try that succeeds.

    :param operator: the operator; one without asset events tells nothing.
    :param context: the context of its run.
    """

    def __init__(self, operator: LuigiOperator, context: Context) -> None:
        self._operator = operator
        self._context: Any = context
        self._store = try_store(context)
        self.earlier: dict[str, Extra] = self._read()

    def emit(self, tasks: Sequence[TaskReport]) -> None:
        """Emit one event for each Luigi family, when this try has succeeded.

        :param tasks: what ran in this try.
        """
        if not self._operator.asset_events:
            return
        found = _events(tasks, self.earlier)
        partition_key = getattr(self._context["dag_run"], "partition_key", None)
        known = [spec for spec in found if self._is_known(spec)]
        for spec in known:
            asset = luigi_asset(spec)
            extra = found[spec]
            if partition_key:
                extra = {**extra, "partition_key": partition_key}
            self._context["outlet_events"][asset].extra = extra
            if asset not in self._operator.outlets:
                # Airflow emits what is an outlet when the task ends.
                self._operator.outlets = [*self._operator.outlets, asset]
        if known:
            self._operator.log.info("Rebuilt, with an asset event each: %s", ", ".join(known))
        if self.earlier:
            try:
                self._store.delete(KEPT)
            except Exception as error:
                self._operator.log.warning(
                    "If this task is cleared, it emits these asset events again (%s: %s)",
                    type(error).__name__,
                    error,
                )

    def keep(self, tasks: Sequence[TaskReport]) -> None:
        """Keep for a later try what this one, which does not succeed, has rebuilt.

        :param tasks: what ran in this try.
        """
        if not (self._operator.asset_events and tasks):
            return
        found = _events(tasks, self.earlier)
        try:
            self._store.set(KEPT, found)
        except Exception as error:
            self._operator.log.warning(
                "Rebuilt in a try that does not succeed, and no later one will tell of it (%s: %s): %s",
                type(error).__name__,
                error,
                ", ".join(found),
            )
        else:
            self.earlier = found

    def _is_known(self, spec: str) -> bool:
        """Whether a DAG names the asset.

        Airflow can also make an asset when a task emits it (``AssetAlias``). But of tasks that are the first
        to do so at the same time it fails all but one, on a unique constraint.
        """
        try:
            self._context["outlet_events"][Asset.ref(name=spec)]
        except AirflowRuntimeError as error:
            if error.error.error != ErrorType.ASSET_NOT_FOUND:
                self._operator.log.warning("%s has no asset event: %s", spec, error)
            return False
        return True

    def _read(self) -> dict[str, Extra]:
        if not self._operator.asset_events:
            return {}
        try:
            return dict(self._store.get(KEPT) or {})
        except Exception as error:
            self._operator.log.warning(
                "What an earlier try rebuilt is not known, and has no asset event: %s: %s",
                type(error).__name__,
                error,
            )
            return {}


def _events(tasks: Sequence[TaskReport], earlier: dict[str, Extra]) -> dict[str, Extra]:
    """Give the events' extras by ``"package.module:Class"``, within their bounds."""
    counts = {spec: extra["count"] for spec, extra in earlier.items()}
    families = {spec: extra["family"] for spec, extra in earlier.items()}
    listed = {spec: list(extra["tasks"]) for spec, extra in earlier.items()}
    for task in tasks:
        # luigi's own batch tasks, say, have no class that a DAG could name.
        if not _SPEC.fullmatch(task.task_class):
            continue
        spec = task.task_class
        families[spec] = task.family
        counts[spec] = counts.get(spec, 0) + 1
        entries = listed.setdefault(spec, [])
        if len(entries) < LISTED_TASKS:
            entries.append(_entry(task))
    limit = LISTED_TASKS
    while True:
        found = {
            spec: {
                "family": families[spec],
                "count": counts[spec],
                "tasks": entries[:limit],
                "omitted": counts[spec] - len(entries[:limit]),
            }
            for spec, entries in listed.items()
        }
        if not limit or len(json.dumps(found)) <= LISTED_CHARACTERS:
            return found
        limit //= _FEWER


def _entry(task: TaskReport) -> Extra:
    shown = task.to_json()
    return {"id": shown["id"], "params": shown["params"], "targets": shown["outputs"]}
