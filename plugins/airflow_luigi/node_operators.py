"""The Airflow tasks of a rendered graph: each builds the Luigi tasks of one node."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_luigi.operators import LuigiOperator

if TYPE_CHECKING:
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

    def execute(self, context: Context) -> dict[str, Any]:
        """Build the node's tasks.

        :raises AirflowSkipException: there was nothing to do, or Airflow has skipped what it needs.
        """
        self.noted = self._notes(context)
        if self.skip_when_complete and (followers := self._skipped_with_it()):
            self.log.info("%s would be skipped with this task, so it ends in success.", ", ".join(followers))
            self.skip_when_complete = False
        return super().execute(context)

    def after_build(self, report: BuildReport, context: Context) -> None:
        """Tell the nodes that follow what they can't see by themselves."""
        context["ti"].xcom_push(key=OUTDATED_KEY, value=list(report.outdated))

    def _notes(self, context: Context) -> Collection[str]:
        """Read what the nodes before this one have told."""
        ti: Any = context["ti"]
        before = [task.task_id for task in self.upstream_list if isinstance(task, LuigiNodeOperator)]
        if not before:
            return ()
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=before, run_ids=[ti.run_id])[ti.run_id]
        skipped = all(states.get(task_id) == "skipped" for task_id in before)
        if not (skipped or self._asks):
            return ()
        notes = []
        for task_id in before:
            if (told := ti.xcom_pull(task_ids=task_id, key=OUTDATED_KEY)) is not None:
                notes += told
                if not self._asks:
                    break
                skipped = False
        else:
            if skipped:
                raise AirflowSkipException(f"Airflow has skipped {', '.join(before)}.")
        return dict.fromkeys(notes)

    def _skipped_with_it(self) -> list[str]:
        """Give the tasks behind the graph that Airflow would skip because this one is skipped."""
        return [
            task.task_id
            for task in self.downstream_list
            if not isinstance(task, LuigiNodeOperator) and str(task.trigger_rule) not in _RUN_AFTER_SKIPPED
        ]
