"""Render the graph of a Luigi task as Airflow tasks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import AIRFLOW_HOME

from airflow_luigi.core.drawing_cache import drawn
from airflow_luigi.core.nodes import Node, reachable
from airflow_luigi.node_operators import LuigiNodeOperator, LuigiNodeSensor
from airflow_luigi.timezones import dag_timezone, local_time

if TYPE_CHECKING:
    import luigi
    from airflow.sdk import DAG, TaskGroup

GRANULARITIES = ("family", "task")

# LuigiOperator's own arguments that may stand beside those of a rendering.
_FOR_SENSORS_TOO = ("conf_params", "luigi_config", "python")
_SENSORS_NAMES = {"external_timeout": "timeout", "external_poke_interval": "poke_interval"}
_FOR_OPERATORS_ALONE = (
    "workers",
    "scheduler_conn_id",
    "on_missing_external",
    "skip_when_complete",
    "asset_events",
)
_OPERATOR_ARGUMENTS = (*_FOR_SENSORS_TOO, *_SENSORS_NAMES, *_FOR_OPERATORS_ALONE)


@dataclass(frozen=True)
class Rendering:
    """What :class:`~airflow_luigi.task_group.LuigiTaskGroup` and LuigiDag take.

    :param luigi_task: the graph's root: ``"package.module:Class"``, or the class.
    :param luigi_params: values for its parameters (templated when a task runs; the graph is drawn with the
        text as it stands).
    :param run_date_param: its date parameter that the run's date goes into.
    :param granularity: ``"family"``: one Airflow task for all Luigi tasks of a family, and for families that
        require each other. ``"task"``: one for each Luigi task.
    :param select: the nodes that are rendered: ``"Family"``, ``"+Family"`` with all that it requires,
        ``"Family+"`` with all that requires it. Default: all.
    :param exclude: the nodes that are not rendered, written in the same way. What the others need of them is
        built where it is needed, as Luigi does.
    :param cut: families whose chain back through themselves is not followed.
    :param render_date: the date that the graph is drawn for; default: the DAG's ``start_date``.
    :param family_args: family -> arguments of its Airflow task, as ``workers``, ``pool``, ``queue``,
        ``retries``.
    :param operator_args: arguments of all these Airflow tasks, as ``pool`` or ``queue``. Those that
        :class:`~airflow_luigi.operators.LuigiOperator` adds to Airflow's, as ``workers``, ``conf_params`` or
        ``luigi_config``, may also stand by themselves.
    :param cache: whether the drawn graph is kept in a file, for as long as the pipeline's source, the
        arguments and luigi's configuration stay as they are, and for a day at most.
    """

    luigi_task: str | type[luigi.Task]
    luigi_params: Mapping[str, Any] = field(default_factory=dict)
    run_date_param: str | None = None
    granularity: str = "family"
    select: Collection[str] = ()
    exclude: Collection[str] = ()
    cut: Collection[str] = ()
    render_date: dt.date | None = None
    family_args: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operator_args: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            names = " or ".join(map(repr, GRANULARITIES))
            raise ValueError(f"granularity must be {names}, not {self.granularity!r}.")
        for name in ("select", "exclude", "cut"):
            if isinstance(given := getattr(self, name), str):
                raise ValueError(f"{name} must be a list: write [{given!r}].")

    @classmethod
    def taken_from(cls, arguments: dict[str, Any], *, luigi_task: str | type[luigi.Task]) -> Rendering:
        """Take what is a rendering's out of a call's arguments."""
        own = {name: arguments.pop(name) for name in _OPERATOR_ARGUMENTS if name in arguments}
        names = {each.name for each in dataclasses.fields(cls)} & arguments.keys()
        taken = {name: arguments.pop(name) for name in names}
        taken["operator_args"] = {**own, **taken.get("operator_args", {})}
        return cls(luigi_task, **taken)

    def into(self, dag: DAG, group: TaskGroup | None = None) -> None:
        """Make the Airflow tasks.

        :raises TaskSpecError: the Luigi task can't be made, or its graph can't be walked.
        :raises ValueError: an argument names what is not in the graph.
        """
        nodes = self._nodes(dag)
        families = sorted({family for node in nodes for family in node.families})
        for family in self.family_args:
            if family not in families:
                raise ValueError(_unknown("family_args", family, families))
        tasks = {}
        for node in nodes:
            arguments = self._arguments(node)
            waits = (
                node.external and arguments["on_missing_external"] == "wait" and not arguments.get("python")
            )
            kind = LuigiNodeSensor if waits else LuigiNodeOperator
            if waits:
                arguments = _for_a_sensor(arguments)
            tasks[node.id] = kind(node=node, dag=dag, task_group=group, **arguments)
        for node in nodes:
            if node.requires:
                tasks[node.id].set_upstream([tasks[required] for required in node.requires])

    def _nodes(self, dag: DAG) -> list[Node]:
        python = self.operator_args.get("python")
        if python and "{{" in python:
            raise ValueError(
                f"python is {python!r}: the graph is drawn when the DAG is parsed, where no template is "
                "rendered. Give the interpreter's path."
            )
        nodes = drawn(
            Path(AIRFLOW_HOME) / "luigi_graphs" if self.cache else None,
            self.luigi_task,
            self.luigi_params,
            python=python,
            run_date_param=self.run_date_param,
            date=self._date(dag),
            granularity=self.granularity,
            cut=list(self.cut),
            luigi_config=self.operator_args.get("luigi_config"),
        )
        chosen = _matching(nodes, self.select, "select") if self.select else {node.id for node in nodes}
        chosen -= _matching(nodes, self.exclude, "exclude")
        return _without_others(nodes, chosen)

    def _date(self, dag: DAG) -> dt.datetime | None:
        if self.run_date_param is None or self.run_date_param in self.luigi_params:
            return None
        date = self.render_date or dag.start_date or (dag.default_args or {}).get("start_date")
        if date is None:
            raise ValueError(
                f"The graph of {self.luigi_task} needs a date to be drawn for: give the DAG a start_date, or "
                "give render_date."
            )
        if not isinstance(date, dt.datetime):
            return dt.datetime.combine(date, dt.time())
        return local_time(date, dag_timezone(dag)) if date.tzinfo else date

    def _arguments(self, node: Node) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "task_id": node.id,
            "luigi_task": self.luigi_task,
            "luigi_params": self.luigi_params,
            "run_date_param": self.run_date_param,
            "on_missing_external": "wait",
            "skip_when_complete": True,
        }
        if node.name != node.id:
            arguments["task_display_name"] = node.name
        if node.doc:
            arguments["doc_md"] = node.doc
        if node.requires:
            arguments["trigger_rule"] = "none_failed"
        if node.shared:
            # One run after the other: the first makes what all of them need.
            arguments["max_active_tis_per_dag"] = 1
        arguments |= self.operator_args
        for family in node.families:
            arguments |= self.family_args.get(family, {})
        return arguments


def _for_a_sensor(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Give a sensor what it understands of an operator's arguments."""
    named = {_SENSORS_NAMES.get(name, name): value for name, value in arguments.items()}
    return {name: value for name, value in named.items() if name not in _FOR_OPERATORS_ALONE}


def _matching(nodes: Iterable[Node], patterns: Iterable[str], argument: str) -> set[str]:
    requires = {node.id: set(node.requires) for node in nodes}
    required_by: dict[str, set[str]] = {node_id: set() for node_id in requires}
    families: dict[str, set[str]] = {}
    for node in nodes:
        for required in node.requires:
            required_by[required].add(node.id)
        for family in node.families:
            families.setdefault(family, set()).add(node.id)
    found = set()
    for pattern in patterns:
        family = pattern.removeprefix("+").removesuffix("+")
        if family not in families:
            raise ValueError(_unknown(argument, family, sorted(families)))
        for node_id in families[family]:
            found.add(node_id)
            if pattern.startswith("+"):
                found |= reachable(requires, node_id)
            if pattern.endswith("+"):
                found |= reachable(required_by, node_id)
    return found


def _without_others(nodes: list[Node], chosen: Collection[str]) -> list[Node]:
    """Leave nodes out, and keep the order of those that stay: what requires is behind what is required."""
    stands_for: dict[str, set[str]] = {}
    kept = []
    for node in nodes:
        required = {each for requirement in node.requires for each in stands_for[requirement]}
        stands_for[node.id] = {node.id} if node.id in chosen else required
        if node.id in chosen:
            kept.append(dataclasses.replace(node, requires=tuple(sorted(required))))
    return kept


def _unknown(argument: str, family: str, families: list[str]) -> str:
    close = difflib.get_close_matches(family, families, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(families)}."
    return f"{argument} names {family!r}, which is no family of the graph. {hint}"
