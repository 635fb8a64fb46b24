"""What ``$(date ...)`` gives in a crontab's line, seen from the moment at which cron runs it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from airflow_luigi.cli.crontab import UnreadableError

# As luigi's parameters for a day, a month, a year, an hour, a minute and a second read them.
STANDARD = ("%Y-%m-%d", "%Y-%m", "%Y", "%Y-%m-%dT%H", "%Y-%m-%dT%H%M", "%Y-%m-%dT%H%M%S")

# GNU's short forms, and those that Python's strftime has too.
_SHORT = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%h": "%b"}
_IN_PYTHON = set("YmdHMSyjVGuwaAbBpI%")

_UNITS = {"min": "minute", "mins": "minute"}
_WORDS = {"now": (0, "day"), "today": (0, "day"), "yesterday": (1, "day"), "tomorrow": (-1, "day")}
_UNIT = r"(min|mins|minutes?|hours?|days?|weeks?|months?|years?)"
_BEFORE = re.compile(rf"-\s*(\d+)\s*{_UNIT}|(\d+)\s*{_UNIT}\s+ago|last[ -]{_UNIT}|{_UNIT}\s+ago")
_BSD = re.compile(r"-(\d+)([MHdwmy])")
_BSD_UNITS = {"M": "minute", "H": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
_ISO = {"": "%Y-%m-%d", "date": "%Y-%m-%d"}


@dataclass(frozen=True)
class CronDate:
    """A date in a line.

    :param amount: how many units before the run.
    :param unit: ``minute``, ``hour``, ``day``, ``week``, ``month`` or ``year``.
    :param form: as Python's ``strftime`` takes it.
    :param utc: in UTC, not in the time of the machine.
    """

    amount: int
    unit: str
    form: str
    utc: bool = False

    @property
    def distance(self) -> tuple[int, str]:
        """How far before the run it is, the same for the same."""
        return (self.amount, self.unit) if self.amount else (0, "day")


def read_date(text: str) -> CronDate:
    """Read what stands in ``$(...)``.

    :raises UnreadableError: it is not ``date``, or not with what is read here.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words or words[0].rpartition("/")[2] != "date":
        raise UnreadableError(f"$({text}) is not $(date ...)")
    amount, unit, form, utc = 0, "day", None, False
    rest = words[1:]
    while rest:
        word = rest.pop(0)
        if word in ("-u", "--utc", "--universal"):
            utc = True
        elif word in ("-d", "--date") and rest:
            amount, unit = _before(rest.pop(0))
        elif match := re.fullmatch(r"(?:--date=|-d)(.+)", word):
            amount, unit = _before(match[1])
        elif word == "-v" and rest:
            amount, unit = _bsd(rest.pop(0))
        elif match := re.fullmatch(r"-v(.+)", word):
            amount, unit = _bsd(match[1])
        elif (match := re.fullmatch(r"(?:-I|--iso-8601=?)(.*)", word)) and match[1] in _ISO:
            form = _ISO[match[1]]
        elif word.startswith("+"):
            form = _format(word[1:])
        else:
            raise UnreadableError(f"date's {word!r} is not read")
    if form is None:
        raise UnreadableError(f"$({text}) has no format")
    return CronDate(amount, unit, form, utc)


def _before(text: str) -> tuple[int, str]:
    plain = " ".join(text.lower().split())
    if plain in _WORDS:
        amount, unit = _WORDS[plain]
    elif match := _BEFORE.fullmatch(plain):
        minus, minus_unit, ago, ago_unit, last_unit, one_unit = match.groups()
        amount = int(minus or ago or 1)
        unit = next(each for each in (minus_unit, ago_unit, last_unit, one_unit) if each)
    else:
        raise UnreadableError(f"date's {text!r} is not read")
    if amount < 0:
        raise UnreadableError(f"date's {text!r} is after the run: no run of Airflow has such a date")
    return amount, _UNITS.get(unit, unit.removesuffix("s"))


def _bsd(text: str) -> tuple[int, str]:
    match = _BSD.fullmatch(text)
    if match is None:
        raise UnreadableError(f"date's -v{text} is not read")
    return int(match[1]), _BSD_UNITS[match[2]]


def _format(text: str) -> str:
    def directive(match: re.Match[str]) -> str:
        if match[0] in _SHORT:
            return _SHORT[match[0]]
        if match[1] not in _IN_PYTHON:
            raise UnreadableError(f"date's {match[0]} is not read")
        return match[0]

    return re.sub(r"%(.?)", directive, text)
