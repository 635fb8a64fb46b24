"""Which Luigi task, with which parameters: load ``"package.module:Class"``, parse, bind.

Everything that is wrong with the description of a task is a :class:`TaskSpecError`: it will be just as wrong
on the next try.
"""

from __future__ import annotations

import difflib
import importlib
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import luigi
from luigi.parameter import ParameterException, ParameterVisibility

from airflow_luigi.core.secrets import HIDDEN, mask

_ANY_TEXT = "a value as the Luigi command line takes it"


class TaskSpecError(ValueError):
    """The description of a Luigi task is wrong: its module, class, a parameter, or a value."""


def spec_of(task: str | type[luigi.Task]) -> str:
    """Give a task class as ``"package.module:Class"``; a string stays as it is."""
    return task if isinstance(task, str) else f"{task.__module__}:{task.__qualname__}"


def load_task_class(spec: str | type[luigi.Task]) -> type[luigi.Task]:
    """Import the Luigi task class that ``spec`` names.

    :param spec: ``"package.module:Class"`` (``"package.module:Outer.Class"`` for a nested one), or the class.
    :raises TaskSpecError: when it is not written so, or can't be imported, or is not a Luigi task.
    """
    if not isinstance(spec, str):
        found: object = spec
    else:
        module_name, colon, class_name = spec.partition(":")
        if not (module_name and colon and class_name):
            raise TaskSpecError(f"luigi_task {spec!r}: write it as 'package.module:Class'.")
        found = _find_class(spec, _import(spec, module_name), class_name)
    if not (isinstance(found, type) and issubclass(found, luigi.Task)):
        raise TaskSpecError(f"luigi_task {spec!r} is not a Luigi task, a subclass of luigi.Task.")
    return found


def _import(spec: str, module_name: str) -> object:
    try:
        return importlib.import_module(module_name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise TaskSpecError(
                f"luigi_task {spec!r}: there is no module {error.name!r} on sys.path. "
                "Put its folder on PYTHONPATH, or install it."
            ) from error
        raise TaskSpecError(
            f"luigi_task {spec!r}: importing {module_name!r} failed: "
            f"{type(error).__name__}: {mask(str(error))}"
        ) from error


def _find_class(spec: str, module: object, class_name: str) -> object:
    try:
        return operator.attrgetter(class_name)(module)
    except AttributeError as error:
        names = [name for name, value in vars(module).items() if _is_task_class(value)]
        raise TaskSpecError(
            f"luigi_task {spec!r}: the module has no class {class_name!r}."
            f"{_suggest(class_name, names, 'tasks')}"
        ) from error


def _is_task_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, luigi.Task)


def bind(task_class: type[luigi.Task], values: Mapping[str, Any]) -> luigi.Task:
    """Make the task with these parameters.

    Strings go through the parameter's own ``parse``, as on the Luigi command line; other values are taken as
    they are. A task class may also be given as ``"package.module:Class"``. What is not given comes from
    luigi's configuration, or the parameter's default.

    :param values: parameter name -> value.
    :raises TaskSpecError: an unknown name, a missing one, or a value that can't be parsed. It names the task,
        the parameter, the value (unless the parameter is not public) and what would be accepted.
    """
    parameters: dict[str, luigi.Parameter[Any]] = dict(task_class.get_params())
    family = task_class.get_task_family()
    if unknown := [name for name in values if name not in parameters]:
        raise TaskSpecError(
            f"{family} has no parameter {unknown[0]!r}.{_suggest(unknown[0], parameters, 'parameters')}"
        )
    bound = {name: _value(family, name, parameters[name], value) for name, value in values.items()}
    _check_missing(family, {name: p for name, p in parameters.items() if name not in bound})
    try:
        return task_class(**bound)
    except (ParameterException, TypeError, ValueError) as error:
        raise TaskSpecError(f"{family} can't be made: {mask(str(error))}") from error


def _value(family: str, name: str, parameter: luigi.Parameter[Any], value: Any) -> Any:
    if isinstance(parameter, luigi.TaskParameter) and isinstance(value, str) and ":" in value:
        return load_task_class(value)
    try:
        return parameter.normalize(parameter.parse(value) if isinstance(value, str) else value)
    except Exception as error:
        public = parameter.visibility == ParameterVisibility.PUBLIC
        shown = mask(repr(value)) if public else HIDDEN
        reason = f" ({mask(str(error))})" if public and str(error) else ""
        raise TaskSpecError(
            f"{family}: parameter {name!r} can't be {shown}{reason}. "
            f"A {type(parameter).__name__} takes {accepted(parameter)}."
        ) from error


def _check_missing(family: str, not_given: Mapping[str, luigi.Parameter[Any]]) -> None:
    missing = []
    for name, parameter in not_given.items():
        try:
            if not parameter.has_task_value(family, name):
                missing.append(f"{name!r} ({type(parameter).__name__}: {accepted(parameter)})")
        except (ParameterException, ValueError) as error:
            raise TaskSpecError(
                f"{family}: the value of {name!r} in luigi's configuration can't be read: "
                f"{mask(str(error))}. "
                f"A {type(parameter).__name__} takes {accepted(parameter)}."
            ) from error
    if missing:
        raise TaskSpecError(f"{family} needs a value for {', '.join(missing)}: give it in luigi_params.")


def accepted(parameter: luigi.Parameter[Any]) -> str:
    """Say in a few words what a parameter accepts as text."""
    if isinstance(parameter, luigi.ChoiceParameter):
        return f"one of {', '.join(sorted(map(repr, parameter._choices)))}"
    if isinstance(parameter, luigi.EnumParameter):
        return f"one of {', '.join(repr(member.name) for member in parameter._enum)}"
    for parameter_class, form in _ACCEPTED:
        if isinstance(parameter, parameter_class):
            return form
    return _ANY_TEXT


# Subclasses stand before their bases.
_ACCEPTED: tuple[tuple[type, str], ...] = (
    (luigi.MonthParameter, "a month as 2026-11"),
    (luigi.YearParameter, "a year as 2026"),
    (luigi.DateParameter, "a date as 2026-11-01"),
    (luigi.DateHourParameter, "an hour as 2026-11-01T13"),
    (luigi.DateMinuteParameter, "a minute as 2026-11-01T1305"),
    (luigi.DateSecondParameter, "a second as 2026-11-01T130559"),
    (luigi.DateIntervalParameter, "an interval as 2026, 2026-11, 2026-W45 or 2026-11-01-2026-11-07"),
    (luigi.TimeDeltaParameter, "a duration as '3 days', '2h 30m' or P3D"),
    (luigi.BoolParameter, "'true' or 'false'"),
    (luigi.NumericalParameter, "a number within its limits"),
    (luigi.IntParameter, "a whole number"),
    (luigi.FloatParameter, "a number"),
    (luigi.DictParameter, "a mapping, or a JSON object as text"),
    (luigi.TupleParameter, "a sequence, or a JSON list or tuple as text"),
    (luigi.ListParameter, "a sequence, or a JSON list as text"),
    (luigi.TaskParameter, "a Luigi task as 'package.module:Class', or the family of one that is imported"),
)


def _suggest(wrong: str, names: Iterable[str], what: str) -> str:
    known = sorted(names)
    if close := difflib.get_close_matches(wrong, known, n=1):
        return f" Did you mean {close[0]!r}?"
    return f" It has the {what}: {', '.join(known)}." if known else f" It has no {what}."
