"""Luigi's graph as Airflow tasks: in a group of a DAG, or as a DAG of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, TaskGroup

from airflow_luigi.rendering import Rendering

if TYPE_CHECKING:
    import luigi


class LuigiTaskGroup(TaskGroup):
    """The graph of a Luigi task, as a group of Airflow tasks with Luigi's edges.

    The pipeline is imported, and its tasks are made, when the DAG file is parsed; none is run, and nothing is
    asked whether it is complete. The graph is drawn for one date; in a run, what the graph of the run's date
    has is built. See ``docs/graphs.md``.

    :param group_id: as any group's.
    :param luigi_task: the graph's root.
    :param arguments: those of :class:`~airflow_luigi.rendering.Rendering`, of
        :class:`~airflow_luigi.operators.LuigiOperator`, and of Airflow's TaskGroup.
    :raises TaskSpecError: the Luigi task can't be made, or its graph can't be walked.
    """

    def __init__(self, group_id: str, *, luigi_task: str | type[luigi.Task], **arguments: Any) -> None:
        rendering = Rendering.taken_from(arguments, luigi_task=luigi_task)
        super().__init__(group_id, **arguments)
        rendering.into(self.dag, self)


class LuigiDag(DAG):
    """The graph of a Luigi task, as a DAG.

    :param dag_id: as any DAG's.
    :param luigi_task: the graph's root.
    :param arguments: those of :class:`~airflow_luigi.rendering.Rendering`, of
        :class:`~airflow_luigi.operators.LuigiOperator`, and of Airflow's DAG.
    :raises TaskSpecError: the Luigi task can't be made, or its graph can't be walked.
    """

    def __init__(self, dag_id: str, *, luigi_task: str | type[luigi.Task], **arguments: Any) -> None:
        rendering = Rendering.taken_from(arguments, luigi_task=luigi_task)
        super().__init__(dag_id, **arguments)
        # Airflow finds a DAG that was entered, as well as one that a name was given to.
        with self:
            rendering.into(self)
