"""The lines of a crontab: when, in which environment, what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_ASSIGNMENT = re.compile(r"""\s*(["']?)([A-Za-z_]\w*)\1\s*=\s*(.*?)\s*$""")
_FIELDS = re.compile(r"\s*((?:\S+\s+){4}\S+)\s+(\S.*?)\s*$")
_NICKNAME = re.compile(r"\s*(@\w+)\s+(\S.*?)\s*$")
_USER = re.compile(r"(\S+)\s+(\S.*)$")

# What cron calls them, and what Airflow does.
_NICKNAMES = {
    "@hourly": "@hourly",
    "@daily": "@daily",
    "@midnight": "@daily",
    "@weekly": "@weekly",
    "@monthly": "@monthly",
    "@yearly": "@yearly",
    "@annually": "@yearly",
}
_MEANING = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_LAST_DAY_OF_ALL_MONTHS = 28


class UnreadableError(ValueError):
    """A line of a crontab can't be read; the text says why."""


@dataclass(frozen=True)
class CronLine:
    """A line that runs a command.

    :param number: the line's number, from 1.
    :param text: the line as it stands.
    :param environment: what the lines above it have set.
    """

    number: int
    text: str
    environment: Mapping[str, str]

    def read(self, *, user_column: bool = False) -> tuple[str, str]:
        """Give the schedule, as Airflow takes it, and the command, as the shell gets it.

        :param user_column: there is a user's name in front of the command, as in ``/etc/crontab``.
        :raises UnreadableError: one of both can't be read.
        """
        if match := _NICKNAME.match(self.text):
            if match[1] not in _NICKNAMES:
                raise UnreadableError(f"{match[1]} is no schedule that Airflow has")
            schedule = _NICKNAMES[match[1]]
        elif match := _FIELDS.match(self.text):
            schedule = " ".join(match[1].split())
            check_schedule(schedule)
        else:
            raise UnreadableError("there are no five fields and a command")
        command = match[2]
        if user_column:
            user = _USER.match(command)
            if user is None:
                raise UnreadableError("there is no command behind the user")
            command = user[2]
        return schedule, _to_shell(command)


def lines_of(text: str) -> Iterator[CronLine]:
    """Give the lines of a crontab that run commands."""
    environment: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if match := _ASSIGNMENT.match(line):
            value = match[3]
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            environment[match[2]] = value
        else:
            yield CronLine(number, line.strip(), dict(environment))


def period(schedule: str) -> str | None:
    """Give the unit of time between two runs, where it is one: ``"day"`` of ``"0 2 * * *"``."""
    minute, hour, day, month, weekday = _MEANING.get(schedule, schedule).split()
    at = (minute.isdecimal(), hour.isdecimal(), day.isdecimal(), month.isdecimal())
    always = (minute == "*", hour == "*", day == "*", month == "*", weekday == "*")
    if all(always):
        return "minute"
    if at[0] and all(always[1:]):
        return "hour"
    if not (at[0] and at[1]):
        return None
    if all(always[2:]):
        return "day"
    if always[2] and always[3] and re.fullmatch(r"[0-7]|[A-Za-z]{3}", weekday):
        return "week"
    if at[2] and int(day) <= _LAST_DAY_OF_ALL_MONTHS and always[4]:
        return "month" if always[3] else "year" if at[3] else None
    return None


def in_the_middle_of_a_day(schedule: str) -> bool:
    """Tell whether all runs are at hours from which the clocks' change of an hour leads to no other day."""
    hours = _MEANING.get(schedule, schedule).split()[1].split(",")
    return all(hour.isdecimal() and 1 <= int(hour) <= 22 for hour in hours)


def check_schedule(schedule: str) -> None:
    """Look whether Airflow can read a schedule.

    :raises UnreadableError: it can't.
    """
    if schedule in _MEANING:
        return
    # Airflow reads it with the same library.
    from croniter import croniter

    if not croniter.is_valid(schedule):
        raise UnreadableError(f"{schedule!r} is no schedule that Airflow can read")


def _to_shell(command: str) -> str:
    # cron ends the command at a percent sign; behind it stands the command's standard input.
    if re.search(r"(?<!\\)%", command):
        raise UnreadableError(r"cron ends the command at a % that is not written as \%")
    return command.replace(r"\%", "%")
