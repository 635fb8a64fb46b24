"""The one kind of error that a user is shown: its text says what is wrong and what to do."""

from __future__ import annotations


class LocalAirflowError(Exception):
    """Something that a user can act on; shown without a traceback."""


class DeadlineExceededError(LocalAirflowError):
    """Something that was waited for did not come in time."""


class PortTakenError(LocalAirflowError):
    """The port that was asked for belongs to another program."""


class StateInUseError(LocalAirflowError):
    """Another instance works in the same state folder."""


class ComponentDiedError(LocalAirflowError):
    """A part of Airflow, or PostgreSQL, ended although nobody asked it to."""


class ApiError(LocalAirflowError):
    """Airflow's REST API refused a request.

    :param status: HTTP status code of the answer
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
