"""What goes between a build in another interpreter and the process that asked for it: messages, in JSON."""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import importlib
import itertools
import json
import numbers
import operator
import os
import select
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

_TAG = "$type"

Message = dict[str, Any]


class Sender:
    """The writing end of a pipe that several processes and threads share.

    A message travels in pieces that the system writes whole or not at all, each with the message's number. So
    no lock is needed, and whoever is killed in the middle of a message leaves nobody waiting.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._numbers = itertools.count()

    def send(self, kind: str, **content: Any) -> None:
        """Send a message; nothing happens if nobody listens any more."""
        text = json.dumps({"kind": kind, **content}).encode()
        number = f"{os.getpid()}.{next(self._numbers)}"
        size = select.PIPE_BUF - len(number) - 3
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        with contextlib.suppress(BrokenPipeError):
            for piece in pieces[:-1]:
                os.write(self._descriptor, b"%s +%s\n" % (number.encode(), piece))
            os.write(self._descriptor, b"%s .%s\n" % (number.encode(), pieces[-1]))


class Receiver:
    """Puts the pieces that a :class:`Sender` wrote together again."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun: dict[bytes, list[bytes]] = {}

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take what was read; give the messages that are complete with it."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            number, _, piece = line.partition(b" ")
            pieces = self._begun.setdefault(number, [])
            pieces.append(piece[1:])
            if piece.startswith(b"."):
                yield json.loads(b"".join(self._begun.pop(number)))


def encode(value: Any) -> Any:
    """Give a value as JSON types, so that :func:`decode` gives it back in another interpreter.

    :raises TypeError: for a type that can't be sent.
    """
    if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and key != _TAG for key in value):
            return {key: encode(item) for key, item in value.items()}
        return _tagged("dict", [[encode(key), encode(item)] for key, item in value.items()])
    if isinstance(value, list):
        return [encode(item) for item in value]
    for kind, collection in _COLLECTIONS.items():
        if isinstance(value, collection):
            return _tagged(kind, [encode(item) for item in value])
    return _encode_scalar(value)


def _encode_scalar(value: Any) -> Any:
    if isinstance(value, dt.timedelta):
        return _tagged("timedelta", [value.days, value.seconds, value.microseconds])
    for kind, temporal in (("datetime", dt.datetime), ("date", dt.date), ("time", dt.time)):
        if isinstance(value, temporal):
            return _tagged(kind, value.isoformat())
    if isinstance(value, PurePath):
        return _tagged("path", str(value))
    if isinstance(value, enum.Enum):
        return _tagged("name", [type(value).__module__, f"{type(value).__qualname__}.{value.name}"])
    if isinstance(value, type):
        return _tagged("name", [value.__module__, value.__qualname__])
    if type(value).__module__ == "luigi.date_interval":
        return _tagged("interval", [type(value).__name__, value.to_string()])
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"a {type(value).__module__}.{type(value).__qualname__} can't go to another interpreter")


def decode(value: Any) -> Any:
    """Give back what :func:`encode` was given."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _TAG not in value:
        return {key: decode(item) for key, item in value.items()}
    kind, content = value[_TAG], value["value"]
    if kind in _COLLECTIONS:
        return _COLLECTIONS[kind](decode(item) for item in content)
    return _DECODERS[kind](content)


def _tagged(kind: str, content: Any) -> dict[str, Any]:
    return {_TAG: kind, "value": content}


def _named(content: list[str]) -> Any:
    return operator.attrgetter(content[1])(importlib.import_module(content[0]))


def _interval(content: list[str]) -> Any:
    return getattr(importlib.import_module("luigi.date_interval"), content[0]).parse(content[1])


_COLLECTIONS: dict[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset}

_DECODERS: dict[str, Any] = {
    "dict": lambda pairs: {decode(key): decode(item) for key, item in pairs},
    "timedelta": lambda parts: dt.timedelta(*parts),
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "path": lambda path: importlib.import_module("pathlib").Path(path),
    "name": _named,
    "interval": _interval,
}
