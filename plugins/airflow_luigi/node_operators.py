"""The Airflow tasks of a rendered graph: each builds the Luigi tasks of one node."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_luigi.operators import LuigiOperator
from airflow_luigi.sensors import LuigiTaskSensor
from airflow_luigi.try_store import is_first_look, try_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    import luigi
    from airflow.sdk import Context

    from airflow_luigi.core.nodes import Node
    from airflow_luigi.core.report import BuildReport

OUTDATED_KEY = "luigi_outdated"
# A task with one of these runs, although what it follows was skipped (Airflow's docs, "Trigger Rules").
_RUN_AFTER_SKIPPED = ("none_failed", "all_done", "always")


class LuigiNodeOperator(LuigiOperator):
    """Build the Luigi tasks that one node of a graph stands for, in the graph of the run's date.

    It is made by :class:`~airflow_luigi.task_group.LuigiTaskGroup`. Its arguments are those of
    :class:`~airflow_luigi.operators.LuigiOperator` for the graph's root.

    Where it finds everything complete it is skipped, and what follows it in the graph runs all the same. If
    Airflow itself has skipped all that it follows in the graph, it is skipped without a look. If a task that
    is not of the graph follows it, and would be skipped with it, it ends in success.

    :param node: what it stands for.
    """

    def __init__(self, *, node: Node, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = node.part
        self._asks = node.asks
        self._earlier: list[str] = []

    def execute(self, context: Context) -> dict[str, Any]:
        """Build the node's tasks.

        :raises AirflowSkipException: there was nothing to do, or Airflow has skipped what it needs.
        """
        self.noted = self._notes(context)
        if not is_first_look(context):
            self._earlier = try_store(context).get(OUTDATED_KEY) or []
        if self.skip_when_complete and (followers := self._skipped_with_it()):
            self.log.info("%s would be skipped with this task, so it ends in success.", ", ".join(followers))
            self.skip_when_complete = False
        return super().execute(context)

    def after_build(self, report: BuildReport, context: Context) -> None:
        """Tell the nodes that follow what they can't see by themselves."""
        outdated = list(dict.fromkeys([*self._earlier, *report.outdated]))
        context["ti"].xcom_push(key=OUTDATED_KEY, value=outdated)
        if report.status.startswith("SUCCESS"):
            if self._earlier:
                try_store(context).delete(OUTDATED_KEY)
        elif outdated:
            # The next try finds complete what this one has made, and would have nothing to tell of it.
            try_store(context).set(OUTDATED_KEY, outdated)

    def _notes(self, context: Context) -> Collection[str]:
        """Read what the nodes before this one have told."""
        ti: Any = context["ti"]
        before = [
            task for task in self.upstream_list if isinstance(task, (LuigiNodeOperator, LuigiNodeSensor))
        ]
        if not before:
            return ()
        ids = [task.task_id for task in before]
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=ids, run_ids=[ti.run_id])[ti.run_id]
        skipped = [task for task in before if states.get(task.task_id) == "skipped"]
        # A sensor that is skipped has not found what it waited for.
        if missed := [task.task_id for task in skipped if isinstance(task, LuigiNodeSensor)]:
            raise AirflowSkipException(f"Airflow has skipped {', '.join(missed)}.")
        all_skipped = len(skipped) == len(before)
        if not (self._asks or all_skipped):
            return ()
        # Each look is a request. To know that a node has skipped itself, one that tells is enough.
        looks = (
            ti.xcom_pull(task_ids=task.task_id, key=OUTDATED_KEY)
            for task in before
            if isinstance(task, LuigiNodeOperator)
        )
        notes = (note for note in looks if note is not None)
        told = list(itertools.islice(notes, None if self._asks else 1))
        if all_skipped and not told:
            raise AirflowSkipException(f"Airflow has skipped {', '.join(ids)}.")
        return dict.fromkeys(mark for note in told for mark in note)

    def _skipped_with_it(self) -> list[str]:
        """Give the tasks behind the graph that Airflow would skip because this one is skipped."""
        return [
            task.task_id
            for task in self.downstream_list
            if not isinstance(task, (LuigiNodeOperator, LuigiNodeSensor))
            and str(task.trigger_rule) not in _RUN_AFTER_SKIPPED
        ]


class LuigiNodeSensor(LuigiTaskSensor):
    """Wait for the external Luigi tasks that one node of a graph stands for, in the graph of the run's date.

    It is made by :class:`~airflow_luigi.task_group.LuigiTaskGroup`.

    :param node: what it stands for.
    """

    def __init__(self, *, node: Node, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = node.part

    def tasks_to_wait_for(self, task: luigi.Task) -> Iterable[luigi.Task]:
        """Give the node's tasks in the graph of ``task``."""
        from airflow_luigi.core.graph import walk
        from airflow_luigi.core.grouping import tasks_of

        return tasks_of(self.part, walk(task, cut=self.part.cut))
