"""Keep passwords out of what a build says: log lines, warnings, reports, errors.

A connection string that is given as a parameter is part of a Luigi task's name and, shortened, of its id
(spotify/luigi issues #1615 and #2164).
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import json
import logging
import os
import re
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

HIDDEN = "***"

# Shorter ones are hidden inside URLs and behind their parameter's name only: hiding every "test" would make a
# log unreadable. Airflow's own masker draws the line at the same length.
_SHORTEST_SECRET = 5

# What luigi takes of each parameter's value into a task's id.
_IN_TASK_ID = 16
_DIGEST = re.compile(r"_([0-9a-f]{10})")  # the end of a task's id

# Luigi logs through the first; its scheduler, which runs inside the build, through the second.
_LUIGI_LOGGERS = ("luigi-interface", "luigi.scheduler")

_TELLING = re.compile(
    r"(^|[_-])(password|passwd|pwd|passphrase|secret|token|api[_-]?key|private[_-]?key|(secret[_-])?access[_-]?key)$",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Tell whether what bears this name is a secret, as ``db_password`` or ``api_token`` do."""
    return _TELLING.search(name) is not None


def texts_in(value: Any) -> Iterator[str]:
    """Give every string of a value: itself, or those in a mapping or sequence of such values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in(list(value.values()))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for item in value:
            yield from texts_in(item)


def mask(text: str) -> str:
    """Give ``text`` with the password of every URL in it replaced by ``***``.

    In case of doubt more is hidden than the password: one that was not percent-encoded may hold ``/``, ``:``,
    ``@``, spaces and quotes.
    """
    spans = _password_spans(text)
    if not spans:
        return text
    parts, end = [], 0
    for start, stop in spans:
        parts += [text[end:start], HIDDEN]
        end = stop
    return "".join([*parts, text[end:]])


def passwords(text: str) -> list[str]:
    """Give the passwords that :func:`mask` hides in ``text``, as they stand there."""
    return list(dict.fromkeys(text[start:stop] for start, stop in _password_spans(text)))


# luigi's ExternalProgramTask tells of a failure with all that is in the environment of its process, values of
# several lines too. It ends by resetting the terminal's colour.
_ENVIRONMENT = re.compile(r"^(ENVIRONMENT: )(?=[^=\s]+=').*?(?:\x1b\[m|\Z)", re.MULTILINE | re.DOTALL)

_SCHEME = re.compile(r"\b([A-Za-z][\w+.-]{0,40})://")  # bounded, else a long line takes quadratic time
_QUERY_PASSWORD = re.compile(r"[?&](?:password|passwd|pwd|sslpassword)=([^&\s#\"']+)")
# A quote with one of these behind it closes the string that a URL stands in, as in JSON or repr().
_END_OF_STRING = re.compile(r"[\r\n]|[\"'](?=[\s,:;)\]}]|$)")
_BEFORE_A_WORD = ("", " ", "\t", "\n", '"', "'")
_PORT = re.compile(r"\d{1,5}(?![^\s/?#,;.])")


def _password_spans(text: str) -> list[tuple[int, int]]:
    # As most texts are, each of which takes the search below much longer.
    if "://" not in text and "?" not in text and "&" not in text:
        return []
    spans = {match.span(1) for match in _QUERY_PASSWORD.finditer(text)}
    schemes = list(_SCHEME.finditer(text))
    # One that does not begin a word may be a part of the password.
    begins = [match.start() for match in schemes if text[match.start() - 1 : match.start()] in _BEFORE_A_WORD]
    begins.append(len(text))
    for scheme in schemes:
        stretch = text[scheme.end() : begins[bisect.bisect_right(begins, scheme.start())]]
        if end := _END_OF_STRING.search(stretch):
            stretch = stretch[: end.start()]
        span = _userinfo_password(stretch, web=scheme[1].lower() in ("http", "https"))
        if span is not None:
            spans.add((scheme.end() + span[0], scheme.end() + span[1]))
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _userinfo_password(stretch: str, *, web: bool) -> tuple[int, int] | None:
    """Find the password in what stands behind ``scheme://``."""
    # A web address has its "@" before the path; SQLAlchemy's passwords may hold a "/".
    word = re.split(r"[\s/?#]" if web else r"\s", stretch, maxsplit=1)[0]
    start = word.find(":") + 1
    if not start or re.search(r"[/?#]", word[:start]):
        return None
    stop = word.rfind("@")
    if stop < 0 and not web and not _PORT.match(word[start:]):
        stop = stretch.find("@")
    return (start, stop) if start < stop else None


class Redactor:
    """Hides the secrets of one build, which it learns from the tasks as they turn up.

    :param on_secret: called once with each password found, for example to have it masked elsewhere too; only
        in the process that made this object.
    """

    def __init__(self, on_secret: Callable[[str], object] | None = None) -> None:
        self._on_secret = on_secret
        self._pid = os.getpid()
        self._secrets: set[str] = set()
        self._longest_first: tuple[str, ...] = ()
        self._assignments: dict[str, str] = {}
        self._public_ids: dict[str, str] = {}
        self._task_ids: dict[str, str] = {}
        self._by_digest: dict[str, list[str]] = {}
        self._learnt: set[tuple[Any, ...]] = set()
        self._filtered: tuple[Any, ...] = (None, None, None, None)

    @property
    def known(self) -> int:
        """How much there is to hide. When it grows, what was redacted before may hold some of it."""
        return len(self._secrets) + len(self._assignments)

    def learn(self, text: str) -> bool:
        """Remember the passwords of the URLs in ``text``; say whether there were any."""
        found = passwords(text)
        for password in found:
            self.learn_secret(password)
        return bool(found)

    def learn_secret(self, secret: str) -> None:
        """Remember a password, in each of the forms in which it may turn up."""
        plain = unquote(secret)
        # As the quote in a URL, in JSON, in repr().
        forms = {secret, plain, quote(plain, safe=""), json.dumps(plain)[1:-1], repr(plain)[1:-1]}
        new = forms - self._secrets - {""}
        if not new:
            return
        # It may be a part of what is known of a task.
        self._learnt.clear()
        for form in new:
            self._secrets.add(form)
            if self._on_secret is not None and os.getpid() == self._pid:
                self._on_secret(form)
        usable = [form for form in self._secrets if len(form) >= _SHORTEST_SECRET]
        # A password may begin like another one.
        self._longest_first = tuple(sorted(usable, key=len, reverse=True))

    def learn_parameter(self, name: str, value: Any, serialized: str) -> None:
        """Remember the value of a parameter that is a secret whatever it holds.

        :param serialized: the value as luigi writes it.
        """
        for text in texts_in(value):
            self.learn_secret(text)
        if serialized and f"{name}={serialized}" not in self._assignments:
            # Another thread may be reading what is there.
            self._assignments = {**self._assignments, f"{name}={serialized}": f"{name}={HIDDEN}"}

    def learn_task(self, task_id: str, family: str, params: Mapping[str, str]) -> None:
        """Remember a task whose id may hold a part of a password.

        :param params: the parameters as Luigi writes them.
        """
        # The scheduler hears of a task each time its status changes.
        told = (task_id, *params.items())
        if told in self._learnt:
            return
        for value in params.values():
            self.learn(value)
        public = self.public_params(params)
        if any(public[name][:_IN_TASK_ID] != value[:_IN_TASK_ID] for name, value in params.items()):
            self._rename(task_id, family)
        self._learnt.add(told)

    def _rename(self, task_id: str, family: str) -> None:
        if task_id not in self._public_ids:
            digest = task_id.rsplit("_", 1)[-1]
            public_id = f"{family}_hidden_{digest}"
            self._public_ids[task_id] = public_id
            self._task_ids[public_id] = task_id
            self._by_digest.setdefault(digest, []).append(task_id)

    def public_params(self, params: Mapping[str, str]) -> dict[str, str]:
        """Give parameters, as Luigi writes them, without their secrets."""
        return {
            name: HIDDEN if value and is_secret_name(name) else self(value) for name, value in params.items()
        }

    def public_id(self, task_id: str) -> str:
        """Give the name for a task's id that holds no secret; another one for each task."""
        return self._public_ids.get(task_id, task_id)

    def task_id(self, public_id: str) -> str:
        """Give the task's id for a name from :meth:`public_id`; any other text as it is."""
        return self._task_ids.get(public_id, public_id)

    def __call__(self, text: str) -> str:
        text = mask(self._with_public_ids(text) if self._by_digest else text)
        if "ENVIRONMENT: " in text:
            text = _ENVIRONMENT.sub(rf"\1{HIDDEN}", text)
        for assignment, public in self._assignments.items():
            text = text.replace(assignment, public)
        for secret in self._longest_first:
            text = text.replace(secret, HIDDEN)
        return text

    def _with_public_ids(self, text: str) -> str:
        parts, end = [], 0
        for match in _DIGEST.finditer(text):
            for task_id in self._by_digest.get(match[1], ()):
                if text.endswith(task_id, end, match.end()):
                    parts += [text[end : match.end() - len(task_id)], self._public_ids[task_id]]
                    end = match.end()
        return "".join([*parts, text[end:]])

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a log record in place, as a :class:`logging.Filter` does."""
        # It comes by at its logger and again at each handler.
        seen, msg, args, exc_info = self._filtered
        if seen is record and msg is record.msg and args is record.args and exc_info is record.exc_info:
            return True
        message = record.getMessage()
        public = self(message)
        if record.exc_info and record.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info))
            public_trace = self(trace)
            if public_trace != trace:
                public = f"{public}\n{public_trace}"
                record.exc_info = record.exc_text = None
        # Writing out a task's name takes luigi long: once is enough for its own records.
        if public != message or record.name in _LUIGI_LOGGERS:
            record.msg, record.args = public, None
        self._filtered = record, record.msg, record.args, record.exc_info
        return True


_in_force: list[Redactor] = []


def announce(secret: str) -> None:
    """Tell every build of this process of a password that has just been read, from a connection or a file."""
    for redactor in _in_force:
        redactor.learn_secret(secret)


def redacted(value: Any) -> Any:
    """Give a value of JSON types without the secrets of this process's builds."""
    if isinstance(value, str):
        for redactor in _in_force:
            value = redactor(value)
    elif isinstance(value, Mapping):
        return {key: redacted(item) for key, item in value.items()}
    elif isinstance(value, (list, tuple)):
        return [redacted(item) for item in value]
    return value


@contextlib.contextmanager
def redacted_logs(redactor: Redactor) -> Iterator[None]:
    """Have Luigi's log records, and Python's warnings, redacted for the length of the block.

    So are the records of all other loggers, where they come to the root logger's handlers.
    """
    loggers = [logging.getLogger(name) for name in _LUIGI_LOGGERS]
    filterers: list[logging.Filterer] = [*loggers, *logging.root.handlers]
    for filterer in filterers:
        filterer.addFilter(redactor.filter)
    show = warnings.showwarning

    def show_redacted(message: Warning | str, *args: Any, **kwargs: Any) -> None:
        # luigi warns of tasks without outputs, and of values of the wrong type.
        public = redactor(str(message))
        show(public if public != str(message) else message, *args, **kwargs)

    warnings.showwarning = show_redacted
    _in_force.append(redactor)
    try:
        yield
    finally:
        _in_force.remove(redactor)
        if warnings.showwarning is show_redacted:
            warnings.showwarning = show
        for filterer in filterers:
            filterer.removeFilter(redactor.filter)
