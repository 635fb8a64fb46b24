"""Where a LuigiOperator publishes its build."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import airflow
import pytest

from airflow_luigi.core.live import HEAD_KEY
from airflow_luigi.live_store import may_publish_in_background, publisher


class Store:
    def __init__(self) -> None:
        self.kept: list[tuple[str, Any, timedelta | None]] = []

    def set(self, key: str, value: Any, *, retention: timedelta | None = None) -> None:
        self.kept.append((key, value, retention))


def context(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    xcoms: dict[str, Any] = {}
    ti = SimpleNamespace(try_number=3, xcom_push=lambda key, value: xcoms.update({key: value}))
    return {"ti": ti, **more}, xcoms


def test_it_is_in_the_task_state_store_for_as_long_as_the_run_is_known() -> None:
    store = Store()
    given, xcoms = context(task_state_store=store)
    put = publisher(given)
    put(f"{HEAD_KEY}_0", "page")
    put(HEAD_KEY, {"states": "R"})
    never = timedelta.max
    assert store.kept == [
        (f"{HEAD_KEY}_0", "page", never),
        (HEAD_KEY, {"states": "R", "try_number": 3}, never),
    ]
    assert xcoms == {}


def test_it_is_in_xcom_where_airflow_has_no_such_store() -> None:
    given, xcoms = context()
    put = publisher(given)
    put(f"{HEAD_KEY}_0", "page")
    put(HEAD_KEY, {"states": "R"})
    assert xcoms == {f"{HEAD_KEY}_0": "page", HEAD_KEY: {"states": "R", "try_number": 3}}


@pytest.mark.parametrize(("version", "may"), [("3.1.8", False), ("3.2.0", True), ("3.3.2", True)])
def test_another_thread_publishes_where_airflow_lets_two_threads_talk(
    monkeypatch: pytest.MonkeyPatch, version: str, may: bool
) -> None:
    monkeypatch.setattr(airflow, "__version__", version)
    assert may_publish_in_background() is may
