"""Luigi's central scheduler, which is told no secrets."""

from __future__ import annotations

import threading
from typing import Any

from luigi.rpc import RemoteScheduler, RPCError
from luigi.worker import KeepAliveThread
from tenacity import stop_after_attempt

from airflow_luigi.core.secrets import Redactor, mask

# What is said of a task in words: errors, addresses, messages.
_TEXTS = ("expl", "task_name", "tracking_url", "status_message", "response")

# Seconds that the end of a build may wait for the scheduler.
LAST_WORD_TIMEOUT = 2.0


class SchedulerUnavailableError(ConnectionError):
    """The central scheduler gives no answer, refuses, or is something else."""


class CentralScheduler(RemoteScheduler):
    """luigid, as a build talks to it.

    A task whose id or parameters hold a secret goes by another id there, the same in every build, and without
    its secrets. Only a worker that scheduled such a task itself can run it.

    :param url: the scheduler's address, with a user's name and password if it asks for them.
    :param redactor: knows the secrets of the tasks.
    """

    def __init__(self, url: str, redactor: Redactor) -> None:
        super().__init__(url)
        redactor.learn(url)
        self._redactor = redactor
        self._impatient = False

    def check(self) -> None:
        """Ask for something cheap.

        :raises SchedulerUnavailableError: there is no answer, or not one of luigid's.
        """
        self._request("/api/is_paused", {})

    def hurry(self) -> None:
        """Wait for no answer longer than two seconds from now on, and ask once."""
        self._impatient = True
        self._connect_timeout = LAST_WORD_TIMEOUT

    def _request(self, url: str, data: dict[str, Any], attempts: int = 3, allow_null: bool = True) -> Any:
        try:
            answer = super()._request(url, self._public(data), attempts, allow_null)
        except RPCError as error:
            raise self._unavailable(_reason(error.sub_exception or error)) from None
        except (ValueError, KeyError, TypeError):
            raise self._unavailable("what answers there is not a Luigi scheduler") from None
        return self._own(answer)

    def _get_retryer(self) -> Any:
        retryer = super()._get_retryer()
        # The next ping comes in a second. The end of a build waits for this one, with its retries.
        if self._impatient or isinstance(threading.current_thread(), KeepAliveThread):
            return retryer.copy(stop=stop_after_attempt(1))
        return retryer

    def _public(self, data: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = _mapped(data, self._redactor.public_id)
        for name in _TEXTS:
            if isinstance(told.get(name), str):
                told[name] = self._redactor(told[name])
        if params := told.get("params"):
            told["params"] = self._redactor.public_params(params)
            if told["params"] != params and "batchable" in told:
                # luigid would batch tasks that now look the same, and make the batch of what it was told.
                told["batchable"] = False
        return told

    def _own(self, answer: Any) -> Any:
        return _mapped(answer, self._redactor.task_id)

    def _unavailable(self, reason: str) -> SchedulerUnavailableError:
        url = mask(self._url)
        return SchedulerUnavailableError(f"The Luigi scheduler at {url} is not available: {reason}.")


def _mapped(value: Any, rename: Any) -> Any:
    """Rename the task ids anywhere in a value of JSON types."""
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, dict):
        return {key: _mapped(item, rename) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mapped(item, rename) for item in value]
    return value


def _reason(error: BaseException) -> str:
    """Say in one line what is at the bottom of an error of the HTTP library's."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"it answers {response.status_code} {response.reason}"
    while (cause := _cause(error)) is not None:
        error = cause
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return mask(" ".join(text.split())).rstrip(".")


def _cause(error: BaseException) -> BaseException | None:
    inside = (getattr(error, "reason", None), *error.args[:1], error.__cause__, error.__context__)
    return next((each for each in inside if isinstance(each, BaseException) and each is not error), None)
