"""The text of a DAG file, as ``ruff format`` would leave it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

OPERATOR = "LuigiOperator"
DAG_CLASS = "LuigiDag"

_LINE_LENGTH = 110

# What stands for a value that the user has to give.
TO_DO = "TODO"


@dataclass(frozen=True)
class Param:
    """A line of ``luigi_params``.

    :param value: what is written; None: the line is a comment, of what the parameter has anyway.
    :param note: a comment behind it.
    """

    name: str
    value: str | None
    note: str = ""


@dataclass(frozen=True)
class Schedule:
    """When a DAG runs.

    :param timetable: ``CronDataIntervalTimetable`` or ``CronTriggerTimetable``; empty: no schedule.
    :param cron: a cron expression, or one of ``@daily`` and its like.
    :param timezone: in which the expression is read.
    :param interval: for CronTriggerTimetable: how far before a run its date is, as ``(("days", 1),)``.
    """

    timetable: str = ""
    cron: str = ""
    timezone: str = "UTC"
    interval: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class DagFile:
    """What a DAG file says.

    :param comments: lines above it all.
    :param graph: draw the task's graph (LuigiDag) instead of one Airflow task (LuigiOperator).
    :param arguments: further arguments of the operator, as Python: ``("workers", "4")``.
    :param dag_arguments: the same of the DAG.
    :param todo: what the user has to look after, as comments.
    """

    dag_id: str
    luigi_task: str
    schedule: Schedule
    start_date: dt.date
    doc: str
    params: Sequence[Param] = ()
    run_date_param: str | None = None
    graph: bool = False
    comments: Sequence[str] = ()
    arguments: Sequence[tuple[str, str]] = ()
    dag_arguments: Sequence[tuple[str, str]] = ()
    todo: Sequence[str] = ()

    def text(self) -> str:
        """Give the file's text."""
        lines = [_docstring(self.doc), ""]
        lines += [_comment(each) for each in (*self.comments, *(f"TODO: {each}" for each in self.todo))]
        if self.comments or self.todo:
            lines.append("")
        lines += [*self._imports(), "", *(self._luigi_dag() if self.graph else self._dag())]
        return "\n".join(lines) + "\n"

    def _imports(self) -> list[str]:
        needs_timedelta = self.schedule.interval or any(
            "timedelta(" in value for _, value in (*self.arguments, *self.dag_arguments)
        )
        third_party = []
        if not self.graph:
            third_party.append("from airflow.sdk import DAG")
        if self.schedule.timetable:
            module = "interval" if self.schedule.timetable == "CronDataIntervalTimetable" else "trigger"
            third_party.append(f"from airflow.timetables.{module} import {self.schedule.timetable}")
        third_party.append(f"from airflow_luigi import {DAG_CLASS if self.graph else OPERATOR}")
        third_party.append("from pendulum import datetime")
        return [*(["from datetime import timedelta", ""] if needs_timedelta else []), *third_party]

    def _dag(self) -> list[str]:
        name = re.sub(r"\W", "_", self.luigi_task.rpartition(":")[2].rpartition(".")[2]) or "luigi"
        return [
            "with DAG(",
            f"    {literal(self.dag_id)},",
            *self._dag_lines(),
            "):",
            f"    {OPERATOR}(",
            f"        task_id={literal(name)},",
            f"        luigi_task={literal(self.luigi_task)},",
            *(f"        {line}" for line in self._task_lines()),
            *(f"        {key}={_indented(value, 8)}," for key, value in self.arguments),
            "    )",
        ]

    def _luigi_dag(self) -> list[str]:
        inner = [f"        {literal(key)}: {_indented(value, 8)}," for key, value in self.arguments]
        return [
            f"{DAG_CLASS}(",
            f"    {literal(self.dag_id)},",
            f"    luigi_task={literal(self.luigi_task)},",
            *(f"    {line}" for line in self._task_lines()),
            *(["    operator_args={", *inner, "    },"] if inner else []),
            *self._dag_lines(),
            ")",
        ]

    def _dag_lines(self) -> list[str]:
        zone = literal(self.schedule.timezone)
        start = f"{self.start_date.year}, {self.start_date.month}, {self.start_date.day}"
        return [
            *self._schedule_lines(),
            f"    start_date=datetime({start}, tz={zone}),",
            "    catchup=False,",
            *(f"    {key}={value}," for key, value in self.dag_arguments),
            '    tags=["luigi"],',
            "    doc_md=__doc__,",
        ]

    def _schedule_lines(self) -> list[str]:
        if not self.schedule.timetable:
            return ["    schedule=None,"]
        arguments = [literal(self.schedule.cron), f"timezone={literal(self.schedule.timezone)}"]
        if self.schedule.interval:
            size = ", ".join(f"{unit}={number}" for unit, number in self.schedule.interval)
            arguments.append(f"interval=timedelta({size})")
        line = f"    schedule={self.schedule.timetable}({', '.join(arguments)}),"
        if len(line) <= _LINE_LENGTH:
            return [line]
        return [
            f"    schedule={self.schedule.timetable}(",
            *(f"        {argument}," for argument in arguments),
            "    ),",
        ]

    def _task_lines(self) -> list[str]:
        lines = []
        if self.params:
            lines.append("luigi_params={")
            for param in self.params:
                note = f"  # {_one_line(param.note)}" if param.note else ""
                if param.value is None:
                    lines.append(f"    # {literal(param.name)}: ...,{note}")
                else:
                    lines.append(f"    {literal(param.name)}: {param.value},{note}")
            lines.append("},")
        if self.run_date_param:
            lines.append(f"run_date_param={literal(self.run_date_param)},")
        return lines


def literal(text: str) -> str:
    """Write a text as Python does, in the quotes that ruff prefers."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return "\\" + quote
    return character if character in "\"'" else repr(character)[1:-1]


def _docstring(text: str) -> str:
    words = _one_line(text).replace("\\", "/").replace('"', "'")
    return f'"""{words}"""'


def _comment(text: str) -> str:
    return f"# {_one_line(text)}".rstrip()


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _indented(text: str, by: int) -> str:
    """Give a text of several lines, the first where it stands."""
    return text.replace("\n", "\n" + " " * by)
