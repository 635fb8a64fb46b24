"""From a line of a crontab to a DAG file."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import luigi
from luigi.task_register import Register

from airflow_luigi.cli.cron_dates import STANDARD, CronDate, read_date
from airflow_luigi.cli.cron_luigi import LuigiArguments, LuigiCall, find_call, read_arguments
from airflow_luigi.cli.crontab import CronLine, UnreadableError, in_the_middle_of_a_day, period
from airflow_luigi.cli.dag_file import TO_DO, DagFile, Param, Schedule, literal
from airflow_luigi.cli.shell import MARK, Line
from airflow_luigi.cli.task_options import date_params, hides
from airflow_luigi.core.secrets import HIDDEN, is_secret_name, mask, passwords

_MOMENT = "({} | default(dag_run.run_after))"
_LOCAL = ".astimezone(dag.timezone)"
_JINJA = re.compile(r"\{\{|\{%|\{#")
_GIVEN = re.compile(r"((?:--)?([\w.-]+)(?:=|(?<=[\w-])\s+))([^\s-]\S*)")
_NO_SUMMER_TIME = ("UTC", "Etc/UTC")
_FIXED = ("minute", "hour", "day", "week")
_RANGES = "luigi.tools.range"


@dataclass(frozen=True)
class Options:
    """What holds for all the DAGs of a crontab.

    :param timezone: of the machine whose crontab it is.
    :param user_column: the lines have a user's name, as in ``/etc/crontab``.
    :param check: import the pipelines, and look whether they have these parameters.
    """

    timezone: str
    start_date: dt.date
    graph: bool = False
    user_column: bool = False
    check: bool = True


def calls_luigi(line: CronLine) -> bool:
    """Tell whether luigi is named in a line, or in a variable that it uses."""
    variables = re.findall(r"\$\{?([A-Za-z_]\w*)", line.text)
    return any(
        "luigi" in text for text in (line.text, *(line.environment.get(each, "") for each in variables))
    )


def to_dag(line: CronLine, options: Options, new_id: Callable[[str], str]) -> DagFile:
    """Give the DAG that does what a line does.

    :param new_id: makes a DAG id that is not taken.
    :raises UnreadableError: there is something in the line that is not read.
    """
    cron, text = line.read(user_column=options.user_column)
    shell = Line(text, line.environment)
    call = find_call(shell)
    return _Reader(line, cron, shell, call, read_arguments(call), options).dag_file(new_id)


class _Reader:
    def __init__(
        self,
        line: CronLine,
        cron: str,
        shell: Line,
        call: LuigiCall,
        arguments: LuigiArguments,
        options: Options,
    ) -> None:
        self._line, self._cron, self._shell = line, cron, shell
        self._call, self._arguments, self._options = call, arguments, options
        self._zone = _zone(line.environment.get("CRON_TZ") or options.timezone)
        self._dates: dict[str, CronDate] = {}
        self._secrets: set[str] = set()
        self._todo: list[str] = []
        self._primary: CronDate | None = None
        if MARK.search(arguments.family + arguments.module):
            raise UnreadableError("the module or the task is not named in the line itself")
        self._task_class, self._unchecked = self._imported()

    def dag_file(self, new_id: Callable[[str], str]) -> DagFile:
        values = {name: self._named(name, value) for name, value in self._arguments.values.items()}
        run_date_param = self._find_primary(values)
        if run_date_param is not None and self._clocks_may_change():
            # A template counts days on the calendar; a timetable's interval is so many hours.
            self._primary = run_date_param = None
        schedule = self._schedule()
        params = [self._param(name, value) for name, value in values.items() if name != run_date_param]
        family = self._arguments.family
        # It finds the secrets that the comments must not have.
        arguments = self._operator_arguments()
        return DagFile(
            dag_id=new_id(family.rpartition(".")[2]),
            luigi_task=self._spec(),
            schedule=schedule,
            start_date=self._options.start_date,
            doc=f"{family}, as a cron job had it.",
            params=params,
            run_date_param=run_date_param,
            graph=self._options.graph,
            comments=self._comments(),
            arguments=arguments,
            dag_arguments=[("max_active_runs", "1")] if self._call.alone else [],
            todo=self._todos(),
        )

    def _imported(self) -> tuple[type[luigi.Task] | None, str]:
        if not self._options.check:
            return None, "the pipeline was not imported"
        module, family = self._arguments.module, self._arguments.family
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            return None, f"there is no module {error.name!r} here"
        except (Exception, SystemExit) as error:
            return None, f"importing {module!r} failed: {type(error).__name__}: {mask(str(error))}"
        try:
            return Register.get_task_cls(family), ""
        except Exception as error:
            raise UnreadableError(f"{module!r} has no task {family!r}") from error

    def _spec(self) -> str:
        module, family = self._arguments.module, self._arguments.family
        if self._task_class is not None:
            return f"{self._task_class.__module__}:{self._task_class.__qualname__}"
        if re.fullmatch(r"Range(Daily|Hourly|ByMinutes|Monthly)(Base)?", family):
            return f"{_RANGES}:{family}"
        return f"{module}:{family.rpartition('.')[2]}"

    def _named(self, name: str, value: str | None) -> str | None:
        if self._task_class is None:
            return value
        parameters: Mapping[str, luigi.Parameter[Any]] = dict(self._task_class.get_params())
        if name not in parameters:
            close = difflib.get_close_matches(name, parameters, n=1)
            hint = f", did you mean {close[0]!r}?" if close else ""
            raise UnreadableError(f"{self._arguments.family} has no parameter {name!r}{hint}")
        if value is None and not isinstance(parameters[name], luigi.BoolParameter):
            raise UnreadableError(f"there is no value behind --{name.replace('_', '-')}")
        return value

    def _find_primary(self, values: Mapping[str, str | None]) -> str | None:
        """Find the date that the run stands for; give the parameter that is nothing but this date."""
        run_date_param = None
        for name, value in values.items():
            for mark in MARK.findall(value or ""):
                date = self._date(mark)
                whole = value == mark and date.form in STANDARD and self._takes_dates(name)
                if whole and run_date_param is None:
                    self._primary, run_date_param = date, name
                elif self._primary is None:
                    self._primary = date
        return run_date_param

    def _clocks_may_change(self) -> bool:
        """Tell whether 24 hours before a run may be another day than the one before."""
        assert self._primary is not None
        amount, unit = self._primary.distance
        if not amount or unit not in ("day", "week") or (amount, unit) == (1, period(self._cron)):
            return False
        return self._zone not in _NO_SUMMER_TIME and not in_the_middle_of_a_day(self._cron)

    def _takes_dates(self, name: str) -> bool:
        return self._task_class is None or name in date_params(self._task_class)

    def _date(self, mark: str) -> CronDate:
        date = read_date(self._shell.substitution(mark))
        if date.utc and self._zone not in _NO_SUMMER_TIME:
            raise UnreadableError(f"date -u gives UTC, and cron's timezone is {self._zone}")
        return date

    def _schedule(self) -> Schedule:
        amount, unit = self._primary.distance if self._primary is not None else (0, "day")
        if not amount:
            return Schedule("CronTriggerTimetable", self._cron, self._zone)
        if (amount, unit) == (1, period(self._cron)):
            return Schedule("CronDataIntervalTimetable", self._cron, self._zone)
        if unit not in _FIXED:
            raise UnreadableError(
                f"its date is {amount} {unit}s back, and {self._cron!r} is not once a {unit}: "
                "no timetable has that"
            )
        return Schedule("CronTriggerTimetable", self._cron, self._zone, ((f"{unit}s", amount),))

    def _param(self, name: str, value: str | None) -> Param:
        if value is None:
            return Param(name, "True")
        if secrets := self._secrets_in(self._shell.shown(value), named=self._is_secret(name)):
            self._secrets |= secrets
            self._todo.append(
                f"{name}: its value is a secret, keep it in luigi.cfg or in a connection of Airflow"
            )
            return Param(name, literal(TO_DO), "not copied")
        if not MARK.search(value):
            return Param(name, literal(_quoted(value)))
        parts, end = [], 0
        for match in MARK.finditer(value):
            parts += [_quoted(value[end : match.start()]), self._template(self._date(match[0]))]
            end = match.end()
        return Param(name, literal("".join([*parts, _quoted(value[end:])])))

    def _secrets_in(self, value: str, *, named: bool) -> set[str]:
        if named:
            return {value}
        variables = {**self._line.environment, **self._call.environment}
        of_variables = {text for name, text in variables.items() if text and is_secret_name(name)}
        return {*passwords(value), *(text for text in of_variables if text in value)}

    def _is_secret(self, name: str) -> bool:
        if self._task_class is None:
            return is_secret_name(name)
        return hides(name, dict(self._task_class.get_params())[name])

    def _template(self, date: CronDate) -> str:
        form = date.form.replace("'", "\\'")
        if self._primary is not None and date.distance == self._primary.distance:
            return f"{{{{ {_MOMENT.format('data_interval_start')}{_LOCAL}.strftime('{form}') }}}}"
        amount, unit = date.distance
        if unit not in _FIXED:
            raise UnreadableError(f"a second date, {amount} {unit}s back, is not read")
        moment, local = _MOMENT.format("data_interval_end"), _LOCAL
        shift = f" - macros.timedelta({unit}s={amount})"
        if amount and unit in ("day", "week"):
            # Days are counted on the calendar, hours on a clock that is never put back.
            moment, local = f"({moment}{local}.replace(tzinfo=None){shift})", ""
        elif amount:
            moment = f"({moment}{shift})"
        return f"{{{{ {moment}{local}.strftime('{form}') }}}}"

    def _operator_arguments(self) -> list[tuple[str, str]]:
        arguments = []
        if self._arguments.workers > 1:
            arguments.append(("workers", str(self._arguments.workers)))
        if self._call.timeout:
            arguments.append(("execution_timeout", f"timedelta(seconds={self._call.timeout:g})"))
        if settings := self._luigi_config():
            arguments.append(("luigi_config", settings))
        return arguments

    def _luigi_config(self) -> str:
        sections = {name: dict(keys) for name, keys in self._arguments.settings.items()}
        if self._arguments.parallel_scheduling:
            sections.setdefault("core", {})["parallel_scheduling"] = None
        written: dict[str, dict[str, str]] = {}
        for section, keys in sections.items():
            for key, value in keys.items():
                if MARK.search(value or ""):
                    raise UnreadableError(f"--{section}-{key} has a date, which luigi_config can't have")
                if value and (secrets := self._secrets_in(value, named=is_secret_name(key))):
                    self._secrets |= secrets
                    self._todo.append(f"[{section}] {key}: its value is a secret, keep it in luigi.cfg")
                    continue
                written.setdefault(section, {})[key] = "true" if value is None else value
        return _mapping(written) if written else ""

    def _comments(self) -> list[str]:
        comments = [f"Line {self._line.number} of the crontab was:", f"  {self._hidden(self._line.text)}"]
        if self._unchecked:
            comments.append(f"Parameters were not compared with the task's: {self._unchecked}.")
        if self._arguments.scheduler:
            given = self._arguments.scheduler
            host, port = given.get("scheduler_host", "localhost"), given.get("scheduler_port", "8082")
            url = given.get("scheduler_url") or f"http://{host}:{port}"
            comments.append(
                f"Its central scheduler was {self._hidden(mask(self._shell.shown(url)))}. To go on with it, "
                "make a connection of the type luigi, and name it in scheduler_conn_id."
            )
        if self._call.alone:
            comments.append(
                "flock left a run out while another one was running; with max_active_runs=1 it waits."
            )
        return comments

    def _todos(self) -> list[str]:
        todo = list(self._todo)
        if self._call.folder:
            todo.append(
                f"it ran in {self._call.folder}: the workers must find the module there, by PYTHONPATH"
            )
        if self._call.activated:
            todo.append(f"it read {self._call.activated}; python=... names another virtual environment")
        of_cron = ("CRON_TZ", "HOME", "LOGNAME", "MAILFROM", "MAILTO", "PATH", "SHELL")
        skipped = {*of_cron, *re.findall(r"\$\{?([A-Za-z_]\w*)", self._line.text)}
        variables = {**self._line.environment, **self._call.environment}
        for name, value in variables.items():
            if name not in skipped:
                shown = HIDDEN if is_secret_name(name) else mask(value)
                todo.append(f"it had {name}={self._hidden(shown)} in its environment: set it for the workers")
        return todo

    def _hidden(self, text: str) -> str:
        for name, value in {**self._line.environment, **self._call.environment}.items():
            if is_secret_name(name) and value:
                text = text.replace(value, HIDDEN)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return without_secrets(text)


def without_secrets(text: str) -> str:
    """Give a line of a crontab without passwords in URLs, and values of what is named a secret."""
    return _GIVEN.sub(lambda each: each[1] + (HIDDEN if is_secret_name(each[2]) else each[3]), mask(text))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnreadableError(f"CRON_TZ={name} is no timezone that Airflow knows") from None
    return name


def _quoted(text: str) -> str:
    return f"{{% raw %}}{text}{{% endraw %}}" if _JINJA.search(text) else text


def _mapping(sections: Mapping[str, Mapping[str, str]]) -> str:
    lines = ["{"]
    for section, keys in sections.items():
        lines += [
            f"    {literal(section)}: {{",
            *(f"        {literal(k)}: {literal(v)}," for k, v in keys.items()),
        ]
        lines.append("    },")
    return "\n".join([*lines, "}"])
