"""The call of luigi in a line of shell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import luigi
from luigi.interface import core
from luigi.task_register import Register

from airflow_luigi.cli.crontab import UnreadableError
from airflow_luigi.cli.shell import Line, unwrapped

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_PYTHON = re.compile(r"(python|pypy)[\d.]*")
_SCRIPT_ACTIVATION = (".", "source")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

# What a cron job says of logs and exit codes Airflow has in its own way.
_NOT_NEEDED = ("log_level", "logging_conf_file", "no_lock", "lock_pid_dir", "lock_size", "take_lock")
_SCHEDULER = ("scheduler_host", "scheduler_port", "scheduler_url")


@dataclass
class LuigiCall:
    """``luigi --module ... Task --name value ...``, and what stands around it.

    :param words: what comes behind ``luigi``.
    :param folder: where it is called: ``cd``'s.
    :param environment: the variables that the line itself sets.
    :param activated: the script that it reads first, as a virtual environment's ``activate``.
    :param timeout: seconds that it has.
    :param alone: whether it does not begin while another one runs (``flock``).
    """

    words: tuple[str, ...] = ()
    folder: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    activated: str = ""
    timeout: float | None = None
    alone: bool = False


@dataclass
class LuigiArguments:
    """What luigi is told.

    :param values: option -> its text, with marks for substitutions; None for an option without a text.
    :param settings: section -> key -> text; None for a key without a text.
    """

    module: str = ""
    family: str = ""
    values: dict[str, str | None] = field(default_factory=dict)
    settings: dict[str, dict[str, str | None]] = field(default_factory=dict)
    workers: int = 1
    parallel_scheduling: bool = False
    scheduler: dict[str, str] = field(default_factory=dict)


def find_call(line: Line) -> LuigiCall:
    """Find the one call of luigi in a line.

    :raises UnreadableError: there is none, or several, or the line runs something else beside it.
    """
    call = LuigiCall()
    waiting = list(line.commands)
    found: list[tuple[str, ...]] = []
    while waiting:
        words = waiting.pop(0).words
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            call.environment[match[1]] = line.shown(match[2])
            words = words[1:]
        if not words:
            continue
        name = words[0].rpartition("/")[2]
        if name == "luigi":
            found.append(words[1:])
        elif _PYTHON.fullmatch(name):
            found.append(_of_python(line, words))
        elif name == "cd" and len(words) == 2:
            call.folder = line.shown(words[1])
        elif name in _SCRIPT_ACTIVATION and len(words) == 2:
            call.activated = line.shown(words[1])
        elif name == "export" and all(_ASSIGNMENT.fullmatch(word) for word in words[1:]):
            call.environment.update(line.shown(word).split("=", 1) for word in words[1:])  # type: ignore[misc]
        elif name in ("exit", "true", ":") or (name == "umask" and len(words) == 2):
            continue
        else:
            inner = unwrapped(words, line, lambda name, value: _note(call, line, name, value))
            if inner == words:
                raise UnreadableError(f"it also runs {line.shown(words[0])!r}")
            if isinstance(inner, tuple):
                waiting.insert(0, type(line.commands[0])(inner, ""))
            else:
                waiting[:0] = inner
    if len(found) != 1:
        raise UnreadableError(
            f"it calls luigi {len(found)} times" if found else "it does not call luigi itself"
        )
    call.words = found[0]
    return call


def _of_python(line: Line, words: tuple[str, ...]) -> tuple[str, ...]:
    rest = list(words[1:])
    while rest and rest[0] in ("-u", "-B", "-E", "-s", "-O", "-I"):
        rest.pop(0)
    if rest[:2] == ["-m", "luigi"]:
        return tuple(rest[2:])
    what = line.shown(rest[1] if rest[:1] == ["-m"] and len(rest) > 1 else (rest or [words[0]])[0])
    raise UnreadableError(f"it runs {what!r} with Python; only 'luigi --module' is read")


def _note(call: LuigiCall, line: Line, name: str, value: str) -> None:
    if name == "timeout":
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", value)
        if match is None:
            raise UnreadableError(f"timeout's {line.shown(value)!r} is not read")
        call.timeout = float(match[1]) * _UNITS[match[2]] or None
    elif name == "flock":
        call.alone = True
    elif name == "assignment":
        key, _, text = value.partition("=")
        call.environment[key] = line.shown(text)
    elif name in ("poetry", "pipenv", "uv") and value != "run":
        raise UnreadableError(f"it also runs {name!r}")


def read_arguments(call: LuigiCall) -> LuigiArguments:
    """Sort what luigi is told.

    :raises UnreadableError: an option that no DAG can have, or too little.
    """
    arguments = LuigiArguments()
    positional: list[str] = []
    core_options: Mapping[str, Any] = dict(core.get_params())
    options = _Options(call.words)
    for word in options:
        if not word.startswith("--"):
            positional.append(word)
            continue
        name, equals, text = word[2:].partition("=")
        given: str | None = text if equals else None
        plain = name.replace("-", "_")
        core_name = plain.removeprefix("core_")
        if core_name in core_options:
            if given is None and not isinstance(core_options[core_name], luigi.BoolParameter):
                given = options.value(name)
            _take_core(arguments, core_name, given)
            continue
        if given is None:
            given = options.optional_value()
        section, key = _section(name)
        if section == "retcode":
            continue
        if section:
            arguments.settings.setdefault(section, {})[key] = given
        elif plain in arguments.values:
            raise UnreadableError(f"--{name} is given twice")
        else:
            arguments.values[plain] = given
    if len(positional) != 1:
        raise UnreadableError(f"it names {len(positional)} tasks: {' '.join(positional)}".rstrip(": "))
    arguments.family = positional[0]
    if not arguments.module:
        raise UnreadableError("it has no --module")
    return arguments


class _Options:
    def __init__(self, words: Iterable[str]) -> None:
        self._rest = list(words)
        self._task_is_named = False

    def __iter__(self) -> _Options:
        return self

    def __next__(self) -> str:
        if not self._rest:
            raise StopIteration
        word = self._rest.pop(0)
        self._task_is_named |= not word.startswith("--")
        return word

    def value(self, name: str) -> str:
        if not self._rest or self._rest[0].startswith("--"):
            raise UnreadableError(f"there is no value behind --{name}")
        return self._rest.pop(0)

    def optional_value(self) -> str | None:
        if not self._rest or self._rest[0].startswith("--"):
            return None
        if not self._task_is_named:
            raise UnreadableError("the task's name must stand before its parameters to be read")
        return self._rest.pop(0)


def _take_core(arguments: LuigiArguments, name: str, text: str | None) -> None:
    if name == "module":
        arguments.module = text or ""
    elif name == "workers":
        if not (text or "").isdecimal() or int(text or 0) < 1:
            raise UnreadableError(f"--workers {text} is no number")
        arguments.workers = int(text or 1)
    elif name in _SCHEDULER:
        arguments.scheduler[name] = text or ""
    elif name == "parallel_scheduling":
        arguments.parallel_scheduling = True
    elif name not in (*_NOT_NEEDED, "local_scheduler"):
        raise UnreadableError(f"--{name.replace('_', '-')} is not read")


def _section(option: str) -> tuple[str, str]:
    """Give section and key of an option for another task, or a part of luigi's configuration."""
    for family, _, name, _ in Register.get_all_params():
        if option.replace("_", "-") == f"{family}-{name}".replace("_", "-"):
            return family, name
    section, dash, key = option.partition("-")
    # luigi's convention, as Python's: classes begin with a capital, parameters don't.
    if option.startswith("retcode-") or (dash and section.rpartition(".")[2][:1].isupper()):
        return section, key.replace("-", "_")
    return "", ""
