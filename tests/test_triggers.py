"""The trigger, in an event loop of the test's own."""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from airflow.triggers.base import TriggerEvent

from airflow_luigi import checkers
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.processes import live_processes
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.wanted import wanted
from airflow_luigi.triggers import LuigiTaskTrigger
from local_airflow.waiting import wait_for
from tests.wait_tasks import Moody

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _pipeline_is_on_pythonpath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))


def trigger(folder: Path, *names: str, **arguments: Any) -> LuigiTaskTrigger:
    """Make one that asks within a second, and then every five."""
    config = {"folders": {"outputs": str(folder)}}
    with luigi_settings(config):
        tasks = [wanted(Moody(name), Redactor()).to_json() for name in names]
    now = time.time()
    defaults: dict[str, Any] = {"started": now - 4, "deadline": now + 60, "poke_interval": 5}
    return LuigiTaskTrigger(tasks, luigi_config=config, **{**defaults, **arguments})


def set_mood(folder: Path, name: str, mood: str) -> None:
    part = folder / "part"
    part.write_text(mood)
    part.rename(folder / f"mood_{name}")


def asked(folder: Path, name: str) -> list[str]:
    file = folder / f"asked_{name}"
    return file.read_text().splitlines() if file.exists() else []


async def fired(waiting: LuigiTaskTrigger) -> dict[str, Any]:
    events: list[TriggerEvent] = [event async for event in waiting.run()]
    (event,) = events
    payload: dict[str, Any] = event.payload
    return payload


def test_it_is_made_again_from_what_airflow_stores(tmp_path: Path) -> None:
    first = trigger(tmp_path, "a", "b", python="/x/python", search_path=["/dags"], error_tolerance=7)
    path, arguments = json.loads(json.dumps(first.serialize()))
    module, _, name = path.rpartition(".")
    again = getattr(importlib.import_module(module), name)(**arguments)
    assert again.serialize() == first.serialize()


def test_two_hundred_triggers_share_one_process_and_the_loop_runs_on(tmp_path: Path) -> None:
    gaps: list[float] = []
    processes: set[int] = set()

    async def watch() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.05)
            gaps.append(time.monotonic() - last - 0.05)
            last = time.monotonic()

    async def bring() -> None:
        await asyncio.sleep(8)
        for child in psutil.Process().children():
            if child.cmdline()[-1:] == ["check"]:
                processes.add(child.pid)
        for number in range(200):
            set_mood(tmp_path, f"n{number}", "yes")

    async def main() -> list[dict[str, Any]]:
        triggers = [trigger(tmp_path, f"n{number}") for number in range(200)]
        watching = asyncio.create_task(watch())
        events = await asyncio.gather(bring(), *map(fired, triggers))
        watching.cancel()
        return list(events[1:])

    events = asyncio.run(main())
    assert events == [{"status": "complete"}] * 200
    assert len(processes) == 1
    assert max(gaps) < 1
    assert checkers._shared == {}


def test_the_last_question_is_asked_at_the_deadline(tmp_path: Path) -> None:
    now = time.time()
    event = asyncio.run(fired(trigger(tmp_path, "a", started=now - 3, deadline=now + 1, poke_interval=60)))
    assert len(asked(tmp_path, "a")) == 1
    assert event["status"] == "timeout"
    assert f"Moody(name=a, number=0): {tmp_path}/mood_a" in event["text"]


def test_what_is_complete_is_not_asked_again(tmp_path: Path) -> None:
    set_mood(tmp_path, "a", "yes")
    event = asyncio.run(fired(trigger(tmp_path, "a", "b", deadline=time.time() + 7)))
    assert event["status"] == "timeout"
    assert "Moody(name=a" not in event["text"]
    assert len(asked(tmp_path, "a")) == 1
    assert len(asked(tmp_path, "b")) >= 2


def test_errors_are_an_event_only_after_the_tolerance(tmp_path: Path) -> None:
    set_mood(tmp_path, "a", "raise")
    event = asyncio.run(fired(trigger(tmp_path, "a", error_tolerance=6)))
    assert event["status"] == "error"
    assert event["text"] == "Moody(name=a, number=0): ConnectionError: a is not in the mood"
    assert "wait_tasks.py" in event["detail"]
    assert event["seconds"] >= 6
    assert 2 <= len(asked(tmp_path, "a")) <= 4


def test_one_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    set_mood(tmp_path, "a", "hang")

    async def main() -> None:
        task = asyncio.create_task(fired(trigger(tmp_path, "a")))
        while not asked(tmp_path, "a"):
            await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    pid = int(asked(tmp_path, "a")[0].split()[0])
    wait_for("its end", lambda: pid not in live_processes(), deadline=10, every=0.1)
