"""Values and messages on their way to another interpreter and back."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import luigi
import numpy as np
import pytest
from luigi import date_interval

from airflow_luigi.core.wire import Receiver, Sender, decode, encode
from tests.processes import fork


class Colour(Enum):
    RED = "red"


class Word(str, Enum):
    YES = "yes"


VALUES = [
    None,
    True,
    12,
    1.5,
    "text ü",
    ["a", [1, None]],
    ("a", ("b", 1)),
    {"a": {"b": (1,)}},
    {1: "x", ("a", 2): "y"},
    {"$type": "date", "value": "not one"},
    {"a", "b"},
    frozenset({1}),
    dt.date(2026, 11, 1),
    dt.datetime(2026, 11, 1, 13, 5, 9, 7),
    dt.datetime(2026, 11, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    dt.time(13, 5),
    dt.timedelta(days=-1, seconds=3, microseconds=4),
    date_interval.Date(2026, 11, 1),
    date_interval.Week(2026, 45),
    date_interval.Month(2026, 11),
    date_interval.Year(2026),
    date_interval.Custom(dt.date(2026, 11, 1), dt.date(2026, 11, 9)),
    Path("/a/b"),
    Colour.RED,
    Word.YES,
    luigi.Task,
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    there = decode(json.loads(json.dumps(encode(value))))
    assert there == value
    assert type(there) is type(value)


def test_numbers_of_other_libraries_become_pythons_own() -> None:
    assert [encode(number) for number in (np.int64(3), np.float32(0.5))] == [3, 0.5]


@pytest.mark.parametrize("value", [object(), Decimal(1), b"bytes", {"a": [object()]}], ids=repr)
def test_a_value_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="can't go to another interpreter"):
        encode(value)


def received(descriptor: int) -> list[dict[str, Any]]:
    receiver = Receiver()
    messages: list[dict[str, Any]] = []
    while data := os.read(descriptor, 1000):
        messages += receiver.feed(data)
    return messages


def test_messages_of_many_processes_and_threads_arrive_whole() -> None:
    receiving, sending = os.pipe()
    sender = Sender(sending)

    def talk(name: str) -> None:
        for size in (10, 5_000, 100_000):
            sender.send("talk", text=name * size)

    def talk_in_threads(name: str) -> None:
        threads = [threading.Thread(target=talk, args=(f"{name}{number}",)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [fork.Process(target=talk_in_threads, args=(name,)) for name in "abc"]
    for process in processes:
        process.start()
    os.close(sending)
    texts = [message["text"] for message in received(receiving)]
    os.close(receiving)
    names = [f"{name}{number}" for name in "abc" for number in range(2)]
    assert sorted(texts) == sorted(name * size for name in names for size in (10, 5_000, 100_000))
    for process in processes:
        process.join()


def test_who_is_killed_in_the_middle_of_a_message_holds_up_nobody() -> None:
    receiving, sending = os.pipe()
    sender = Sender(sending)
    # More than the pipe holds: it is in the middle until somebody reads.
    victim = fork.Process(target=sender.send, args=("long",), kwargs={"text": "x" * 1_000_000})
    victim.start()
    first = os.read(receiving, 10)
    os.kill(victim.pid or 0, signal.SIGKILL)
    victim.join()
    other = fork.Process(target=sender.send, args=("short",))
    other.start()
    os.close(sending)
    assert first
    assert received(receiving) == [{"kind": "short"}]
    other.join()
    os.close(receiving)


def test_nobody_listening_is_no_error() -> None:
    receiving, sending = os.pipe()
    os.close(receiving)
    Sender(sending).send("report", text="x" * 100_000)
    os.close(sending)
