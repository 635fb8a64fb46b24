"""The build itself, in a child that another interpreter runs.

What :mod:`airflow_luigi.core.interpreter` asks for on standard input is done by this environment's luigi, and
told over a pipe.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib.metadata
import importlib.util
import json
import logging
import os
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, NoReturn, TextIO

from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.wire import Message, Sender, decode

LUIGI_NEEDED = (3, 6)

# Bytes, of the 64 KB that Linux and macOS give a pipe.
_FITS_INTO_PIPE = 32_000


class BuildEnded(KeyboardInterrupt):
    """Somebody wants the build to end. Luigi lets a KeyboardInterrupt through everywhere."""


class UnusableLuigiError(Exception):
    """This environment has no luigi that will do."""


def build_and_tell(channel: int) -> NoReturn:
    """Do one build, and end the process.

    :param channel: descriptor of a pipe; log records, progress, questions and the outcome go there.
    """
    end_on_sigterm()
    sender = Sender(channel)
    stdin = take_stdin()
    # Standard output may be a pipe now, whose reader wants each line when it is printed.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    order = json.loads(stdin.readline())
    _send_logs(sender, order["log_levels"], order["log_disabled"])
    _send_warnings(sender)
    redactor = Redactor(on_secret=lambda secret: sender.send("secret", secret=secret))
    try:
        check_luigi()
        report = _build(order, redactor, sender, stdin)
    except UnusableLuigiError as error:
        tell_unusable(sender, error)
    except BaseException as error:
        tell_error(sender, error, redactor)
    else:
        sender.send("report", report=dataclasses.asdict(report))
    sys.exit(0)


def end_on_sigterm() -> None:
    """Have SIGTERM raise an exception in this process, and end what it forks."""
    signal.signal(signal.SIGTERM, _end)
    # What luigi and the tasks fork has nothing to put in order.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))


def _end(*_: object) -> NoReturn:
    raise BuildEnded("the build was told to end, by SIGTERM")


def take_stdin() -> BinaryIO:
    """Give standard input, and leave this process and what it starts an empty one."""
    # What a pipeline starts may read its standard input, and must not find our messages there.
    own = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return own


def check_luigi() -> None:
    """Raise :class:`UnusableLuigiError` if this environment has no luigi that will do."""
    needed = ".".join(map(str, LUIGI_NEEDED))
    if importlib.util.find_spec("luigi") is None:
        raise UnusableLuigiError(f"has no luigi. Install luigi>={needed} there")
    problem = ""
    try:
        version = importlib.import_module("luigi").__version__
    except Exception as error:
        problem = f", which can't be imported: {type(error).__name__}: {error}"
        try:
            version = importlib.metadata.version("luigi")
        except importlib.metadata.PackageNotFoundError:
            version = "of an unknown version"
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < LUIGI_NEEDED or problem:
        raise UnusableLuigiError(f"has luigi {version}{problem}. It must be {needed} or later")


def tell_unusable(sender: Sender, error: UnusableLuigiError) -> None:
    """Say what is wrong with this environment."""
    sender.send("unusable", reason=str(error), version=".".join(map(str, sys.version_info[:3])))


def tell_error(sender: Sender, error: BaseException, redactor: Redactor) -> None:
    """Say what went wrong, while it is being handled."""
    sender.send(
        "error",
        type=[type(error).__module__, type(error).__qualname__],
        text=redactor(str(error)),
        trace=redactor(traceback.format_exc()),
    )


def _build(order: Mapping[str, Any], redactor: Redactor, sender: Sender, stdin: BinaryIO) -> Any:
    from airflow_luigi.core.config import luigi_settings
    from airflow_luigi.core.nodes import Part
    from airflow_luigi.core.parts import build_part
    from airflow_luigi.core.task_secrets import kept_secret
    from airflow_luigi.core.task_spec import bind

    task_class, values = task_and_values(order)
    with (
        databases(order["has_resolver"], sender, stdin),
        luigi_settings(decode(order["luigi_config"])),
        kept_secret(redactor),
    ):
        return build_part(
            bind(task_class, values),
            order["part"] and Part.from_json(order["part"]),
            noted=order["noted"],
            workers=order["workers"],
            scheduler_url=order["scheduler_url"],
            redactor=redactor,
            on_progress=lambda progress: sender.send("progress", progress=dataclasses.asdict(progress)),
            progress_seconds=order["progress_seconds"],
            on_broken_off=lambda tasks: _send_rebuilt(sender, tasks),
            publish=functools.partial(_publish, sender) if order["publish"] else None,
        )


def _publish(sender: Sender, key: str, value: Any) -> None:
    sender.send("publish", key=key, value=value)


def _send_rebuilt(sender: Sender, tasks: Sequence[Any]) -> None:
    # Whoever asked may be waiting for the end, and read this only then: it must fit into the pipe.
    told: list[Any] = []
    size = 0
    for task in tasks:
        fields = dataclasses.asdict(task)
        size += len(json.dumps(fields))
        if size > _FITS_INTO_PIPE:
            break
        told.append(fields)
    sender.send("broken_off", tasks=told)


def task_and_values(order: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Give the class of the task that is asked for, and its parameters."""
    from airflow_luigi.core.dates import RunDate, date_value
    from airflow_luigi.core.task_spec import load_task_class

    task_class = load_task_class(order["task"])
    values = decode(order["values"])
    if order["run_date"] is not None:
        name, start, end = decode(order["run_date"])
        values[name] = date_value(task_class, name, RunDate(start, end))
    return task_class, values


def databases(has_resolver: bool, sender: Sender, stdin: BinaryIO) -> contextlib.AbstractContextManager[None]:
    """Have names of databases looked up by the process at the other end, for the length of the block."""
    if not has_resolver:
        return contextlib.nullcontext()
    try:
        from airflow_luigi.core.resolvers import use_resolver
    except Exception:  # no SQLAlchemy, or one that doesn't fit: pipelines without databases need none
        return contextlib.nullcontext()

    def resolver(name: str) -> Any:
        sender.send("question", database=name)
        return _found(json.loads(stdin.readline() or b'{"error": ["EOFError", "no answer"]}'))

    return use_resolver(resolver)


def _found(answer: Message) -> Any:
    from sqlalchemy.engine import URL

    from airflow_luigi.core.database_url import ConnectionParts
    from airflow_luigi.core.resolvers import ERRORS

    if "error" in answer:
        name, text = answer["error"]
        # Of an error that only the asked process knows, the name is what is told.
        raise (ERRORS.get(name) or type(name, (Exception,), {}))(text)
    if "parts" in answer:
        return ConnectionParts(**answer["parts"])
    return URL.create(*answer["url"]) if "url" in answer else None


def _send_logs(sender: Sender, levels: Mapping[str, int], disabled: int) -> None:
    logging.disable(disabled)
    logging.getLogger().addHandler(_LogSender(sender))
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def _send_warnings(sender: Sender) -> None:
    show = warnings.showwarning

    def send(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if file is None:
            fields = {"category": category.__name__, "filename": filename, "lineno": lineno}
            sender.send("warning", text=str(message), **fields)
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = send


class _LogSender(logging.Handler):
    """Sends each record to the process that asked for the build, with its traceback as text."""

    def __init__(self, sender: Sender) -> None:
        super().__init__()
        self._sender = sender
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            fields = {name: getattr(record, name) for name in _RECORD_FIELDS}
            self._sender.send("log", record={**fields, "msg": text})
        except Exception:
            self.handleError(record)


_RECORD_FIELDS = (
    "name",
    "levelno",
    "levelname",
    "pathname",
    "filename",
    "module",
    "lineno",
    "funcName",
    "created",
    "msecs",
    "process",
    "processName",
    "thread",
    "threadName",
)
