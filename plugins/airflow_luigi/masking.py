"""Passwords in values that Airflow stores and shows."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk._shared.secrets_masker import redact
from airflow.sdk.log import mask_secret

from airflow_luigi.core.secrets import HIDDEN, Redactor, is_secret_name, texts_in

if TYPE_CHECKING:
    import luigi

__all__ = ["is_masked", "mask_given_parameters", "mask_passwords_in", "mask_secret", "mask_secret_parameters"]


def mask_passwords_in(value: Any) -> None:
    """Have Airflow mask the password of every URL in a value, wherever it comes up from now on.

    Airflow's masker leaves secrets of fewer than five characters alone.

    :param value: a string, or a mapping or sequence of such values; anything else holds no password.
    """
    redactor = Redactor(on_secret=mask_secret)
    for text in texts_in(value):
        redactor.learn(text)


def mask_secret_parameters(luigi_task: str | type[luigi.Task] | None, values: Mapping[str, Any]) -> None:
    """Have Airflow mask what is given for a Luigi task's private parameters, or those named like secrets.

    :param luigi_task: the class, or where it is; None, or one that can't be imported, has no known private
        parameters.
    """
    # luigi takes half a second to import, which parsing a DAG file need not wait for.
    from luigi.parameter import ParameterVisibility

    from airflow_luigi.core.task_spec import TaskSpecError, load_task_class

    parameters: Mapping[str, Any] = {}
    if luigi_task is not None and values:
        with contextlib.suppress(TaskSpecError):
            parameters = dict(load_task_class(luigi_task).get_params())
    redactor = Redactor(on_secret=mask_secret)
    for name, value in values.items():
        private = name in parameters and parameters[name].visibility == ParameterVisibility.PRIVATE
        if private or is_secret_name(name):
            for text in texts_in(value):
                redactor.learn_secret(text)


def is_masked(value: Any) -> bool:
    """Tell whether a text in a value is, as a whole, what Airflow masks, as the password of a connection.

    :param value: a string, or a mapping or sequence of such values.
    """
    return any(text and redact(text) == HIDDEN for text in texts_in(value))


def mask_given_parameters(
    luigi_task: str | type[luigi.Task], values: Mapping[str, Any], python: str | None
) -> None:
    """Have Airflow mask the secrets in what is given for a Luigi task's parameters.

    :param python: another environment's interpreter, if the task is there. Its classes can't be asked which
        parameters are private.
    """
    mask_passwords_in(values)
    mask_secret_parameters(None if python else luigi_task, values)
