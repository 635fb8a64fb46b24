"""Tasks that somebody waits for, in a form from which another process makes them again."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import luigi
from luigi.parameter import ParameterException
from luigi.task import flatten

from airflow_luigi.core.report import task_name
from airflow_luigi.core.secrets import Redactor, is_secret_name, mask, texts_in
from airflow_luigi.core.sqla_compat import repair
from airflow_luigi.core.task_secrets import configured_value, is_secret_parameter, learn_task
from airflow_luigi.core.task_spec import TaskSpecError, load_task_class, spec_of
from airflow_luigi.core.wire import decode, encode
from airflow_luigi.core.worker import target_name


@dataclass(frozen=True)
class Wanted:
    """One Luigi task that is waited for.

    :param task: its class, as ``"package.module:Class"``.
    :param params: its parameters, as JSON text: ``values`` as :mod:`airflow_luigi.core.wire` writes them, and
        ``texts``, which the parameter itself parses.
    :param name: ``Family(parameter=value, ...)``, without what is not public.
    :param target: its outputs, without passwords.
    :param secret: the parameter whose value is a secret, if there is one: then this must not be stored. A
        secret that luigi's configuration holds is not in ``params``.
    """

    task: str
    params: str
    name: str
    target: str
    secret: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON types."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        return f"{self.name}: {self.target}"


def wanted(task: luigi.Task, redactor: Redactor) -> Wanted:
    """Describe a task, so that :func:`made` makes it again elsewhere.

    :param redactor: hides the secrets in what is shown of the task.
    """
    learn_task(redactor, task)
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    secret = None
    for name, parameter in task.get_params():
        value = task.param_kwargs[name]
        text = "" if value is None else str(parameter.serialize(value))
        if is_secret_parameter(name, parameter) or mask(text) != text:
            if value == configured_value(task.task_family, name, parameter):
                continue
            secret = secret or name
        try:
            values[name] = encode(value)
        except TypeError:
            texts[name] = text
    public = redactor.public_params(task.to_str_params(only_public=True))
    return Wanted(
        task=spec_of(type(task)),
        params=json.dumps({"values": values, "texts": texts}),
        name=task_name(task.task_family, public),
        target=redactor(_targets(task)),
        secret=secret,
    )


def made(description: Mapping[str, Any]) -> luigi.Task:
    """Make the task that :func:`wanted` described, in its JSON form.

    :raises TaskSpecError: it can't be imported, or can't be made.
    """
    task_class = load_task_class(description["task"])
    params = json.loads(description["params"])
    parameters = dict(task_class.get_params())
    try:
        values = {name: decode(value) for name, value in params["values"].items()}
        values |= {name: parameters[name].parse(text) for name, text in params["texts"].items()}
        return task_class(**values)
    except (ParameterException, AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
        raise TaskSpecError(
            f"{description['name']} can't be made: {mask(f'{type(error).__name__}: {error}')}"
        ) from error


def is_complete(task: luigi.Task) -> bool:
    """Ask a task whether it is complete, as a build would."""
    repair()
    return bool(task.complete())


def secret_setting(luigi_config: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Give the name of a setting that is a secret, if there is one."""
    for section, keys in luigi_config.items():
        for key, value in keys.items():
            if is_secret_name(key) or any(mask(text) != text for text in texts_in(value)):
                return f"[{section}] {key}"
    return None


def require_importable(task: str) -> None:
    """Raise :class:`TaskSpecError` if no other process can import a task's class, as from a DAG file.

    :param task: ``"package.module:Class"``
    """
    module, _, name = task.partition(":")
    top = module.partition(".")[0]
    found = top != "__main__" and any(
        finder.find_spec(top, None) for finder in sys.meta_path if hasattr(finder, "find_spec")
    )
    if not found or "<locals>" in name:
        raise TaskSpecError(
            f"{name} can't be waited for: another process can't import it from {module!r}. "
            "Move it from the DAG file, or the function, to a module of the pipeline."
        )


def _targets(task: luigi.Task) -> str:
    try:
        outputs = flatten(task.output())
    except Exception as error:  # complete() need not use them
        return f"its output() raised {type(error).__name__}: {error}"
    return ", ".join(target_name(output) for output in outputs) or "it has no output"
