"""Where a build's secrets are: private parameters, parameters with telling names, luigi's configuration."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import luigi
from luigi.configuration import LuigiTomlParser, get_config
from luigi.parameter import ParameterVisibility
from luigi.task_register import Register

from airflow_luigi.core.secrets import Redactor, is_secret_name, redacted_logs, texts_in

_known_parameters: WeakKeyDictionary[type[luigi.Task], list[tuple[str, luigi.Parameter[Any]]]] = (
    WeakKeyDictionary()
)


def learn_task(redactor: Redactor, task: luigi.Task) -> None:
    """Have a task's secrets hidden: luigi writes private parameters too where it names a task."""
    params = {}
    for name, parameter in _parameters(type(task)):
        value = task.param_kwargs.get(name)
        if value is not None and is_secret_parameter(name, parameter):
            redactor.learn_parameter(name, value, parameter.serialize(value))
        # As Task.to_str_params() does it, without looking the parameters up once more.
        if (
            name in task.param_kwargs
            and parameter.significant
            and parameter.visibility == ParameterVisibility.PUBLIC
        ):
            params[name] = parameter.serialize(value)
    redactor.learn_task(task.task_id, task.task_family, params)


def _parameters(task_class: type[luigi.Task]) -> list[tuple[str, luigi.Parameter[Any]]]:
    # luigi looks at every attribute of the class, each time it is asked.
    if task_class not in _known_parameters:
        _known_parameters[task_class] = task_class.get_params()
    return _known_parameters[task_class]


@contextlib.contextmanager
def kept_secret(redactor: Redactor) -> Iterator[None]:
    """Have secrets hidden in what luigi says, while tasks are made and built in the block."""
    with redacted_logs(redactor):
        learn_surroundings(redactor)
        yield


def learn_surroundings(redactor: Redactor) -> None:
    """Have the secrets hidden that a task may read where it runs, in whichever process that is.

    These are the passwords of URLs and what has a telling name in luigi's configuration, and the private
    parameters of every class that is known so far: a ``luigi.Config`` is one.
    """
    for name, value in _configuration():
        if is_secret_name(name):
            redactor.learn_secret(value)
        redactor.learn(value)
    for family, _, name, parameter in Register.get_all_params():
        if parameter.visibility == ParameterVisibility.PRIVATE:
            for text in texts_in(configured_value(family, name, parameter)):
                redactor.learn_secret(text)


def is_secret_parameter(name: str, parameter: luigi.Parameter[Any]) -> bool:
    """Tell whether what a parameter holds is a secret, whatever it is."""
    return parameter.visibility == ParameterVisibility.PRIVATE or is_secret_name(name)


def _configuration() -> Iterator[tuple[str, str]]:
    config: Any = get_config()
    if isinstance(config, LuigiTomlParser):
        for section in config.data.values():
            if isinstance(section, dict):
                for name, value in section.items():
                    for text in texts_in(value):
                        yield name, text
        return
    for section in config.sections():
        for name in config.options(section):
            try:
                value = config.get(section, name, None)
            except Exception:  # noqa: S112 - a value that can't be read is no task's secret either
                continue
            if value:
                yield name, str(value)


def configured_value(family: str, name: str, parameter: luigi.Parameter[Any]) -> Any:
    """Give what a parameter has without being given anything, or None."""
    try:
        return parameter.task_value(family, name) if parameter.has_task_value(family, name) else None
    except Exception:  # whoever makes the task is told
        return None
