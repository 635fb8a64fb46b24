"""Says whether tasks are complete, in a child that :mod:`airflow_luigi.core.checker` has started."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from airflow_luigi.core.child_build import (
    UnusableLuigiError,
    check_luigi,
    databases,
    end_on_sigterm,
    take_stdin,
    task_and_values,
    tell_unusable,
)
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.wire import Message, Sender, decode

# Seconds. A triggerer lives for weeks: what else a pipeline reads at its import may change.
MAX_AGE = 600.0
# Addresses of databases are remembered for as long, or until a check fails.
NAMES_AGE = 60.0
LOOK_AT_FILES_EVERY = 5.0

MAX_RECORDS = 20


def check_and_tell(channel: int) -> NoReturn:
    """Answer questions from standard input until it is closed, or the code is old; then end the process.

    :param channel: descriptor of a pipe, for the answers.
    """
    end_on_sigterm()
    sender, stdin = Sender(channel), take_stdin()
    hello = json.loads(stdin.readline())
    if hello["quiet"]:
        _be_quiet()
    if hello["path"] is not None:
        sys.path[:] = hello["path"]
    records = _Records()
    logging.basicConfig(level=logging.WARNING, handlers=[records])
    try:
        check_luigi()
    except UnusableLuigiError as error:
        tell_unusable(sender, error)
        sys.exit(0)
    from airflow_luigi.core.task_secrets import kept_secret

    redactor = Redactor()
    with _Names(hello["has_resolver"], sender, stdin) as names, kept_secret(redactor):
        files = _Files()
        while line := stdin.readline():
            if files.changed():
                sender.send("stale")
                break
            names.renew_if_old()
            answer = _answer(json.loads(line), redactor)
            if "error" in answer:
                names.renew()
            sender.send("answer", answer=answer, records=records.taken())
            files.note()
    sys.exit(0)


def _answer(order: Mapping[str, Any], redactor: Redactor) -> Message:
    from airflow_luigi.core.config import luigi_settings
    from airflow_luigi.core.task_secrets import learn_surroundings
    from airflow_luigi.core.task_spec import TaskSpecError, bind
    from airflow_luigi.core.wanted import is_complete, made, wanted

    try:
        with luigi_settings(decode(order["luigi_config"])):
            task = made(order["wanted"]) if "wanted" in order else bind(*task_and_values(order))
            # Of the module that has been imported for it, too.
            learn_surroundings(redactor)
            description = wanted(task, redactor).to_json()
            return {"complete": is_complete(task), "wanted": description}
    except TaskSpecError as error:
        return {"error": redactor(str(error)), "spec": True}
    except BaseException as error:  # a pipeline's sys.exit() too
        return {
            "error": redactor(f"{type(error).__name__}: {error}"),
            "trace": redactor(traceback.format_exc()),
        }


def _be_quiet() -> None:
    # It would go to the log of a triggerer, where nobody hides the passwords in it.
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


class _Records(logging.Handler):
    """Keeps the warnings and errors that are logged during a check."""

    def __init__(self) -> None:
        super().__init__()
        self._records: list[tuple[str, int, str]] = []
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._records) < MAX_RECORDS:
            self._records.append((record.name, record.levelno, self.format(record)))

    def taken(self) -> list[tuple[str, int, str]]:
        """Give those of one check."""
        taken, self._records = self._records, []
        return taken


class _Names(contextlib.ExitStack):
    """Databases' names, looked up by the process at the other end, and remembered for a while."""

    def __init__(self, has_resolver: bool, sender: Sender, stdin: BinaryIO) -> None:
        super().__init__()
        self._place = (has_resolver, sender, stdin)
        self.renew()

    def renew(self) -> None:
        """Forget what is remembered."""
        self.close()
        self._since = time.monotonic()
        self.enter_context(databases(*self._place))

    def renew_if_old(self) -> None:
        if time.monotonic() - self._since > NAMES_AGE:
            self.renew()


class _Files:
    """The files that this process has read its code and luigi's configuration from."""

    def __init__(self) -> None:
        self._born = self._looked = time.monotonic()
        self._seen: dict[str, int | None] = {}

    def note(self) -> None:
        """Remember the files that have come up."""
        for file in _read_files() - self._seen.keys():
            self._seen[file] = _changed_at(file)

    def changed(self) -> bool:
        """Whether this process should be replaced by a new one."""
        now = time.monotonic()
        if now - self._born > MAX_AGE:
            return True
        if now - self._looked < LOOK_AT_FILES_EVERY:
            return False
        self._looked = now
        return any(_changed_at(file) != seen for file, seen in self._seen.items())


def _read_files() -> set[str]:
    from luigi.configuration import get_config

    modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {str(file) for file in modules if file} | set(getattr(get_config(), "_config_paths", ()))


def _changed_at(file: str) -> int | None:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return None
