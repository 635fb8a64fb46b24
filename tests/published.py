"""What a build has published, as the pages in Airflow's UI read it."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import luigi

from airflow_luigi.core.live import HEAD_KEY

LARGEST_VALUE = 65_535  # of Airflow's task state store


def unpacked(page: str) -> str:
    """Give the JSON that is in a page."""
    return zlib.decompress(base64.b64decode(page)).decode()


class Reader:
    """Reads what was published, as the pages in Airflow's UI do."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.heads: list[dict[str, Any]] = []
        self.written: list[str] = []

    def __call__(self, key: str, value: Any) -> None:
        text = json.dumps(value)
        assert len(text) <= LARGEST_VALUE
        self.written.append(key)
        self.values[key] = json.loads(text)
        if key == HEAD_KEY:
            self.heads.append(self.values[key])

    @property
    def head(self) -> dict[str, Any]:
        found: dict[str, Any] = self.values[HEAD_KEY]
        return found

    def entries(self, kind: str) -> list[Any]:
        pages = (self.values[f"{HEAD_KEY}_{number}"] for number in range(self.head["pages"]))
        return [entry[kind] for page in pages for entry in json.loads(unpacked(page)) if kind in entry]

    @property
    def numbers(self) -> dict[str, int]:
        """Luigi's id of each task -> its number."""
        return {task[1]: task[0] for task in self.entries("task")}

    @property
    def states(self) -> dict[str, str]:
        """Family and parameters -> state."""
        families = {number: (name, params) for number, name, _, params in self.entries("family")}
        found = {}
        for number, _, family, values, _ in self.entries("task"):
            name = " ".join([families[family][0], *values])
            found[name] = self.head["codes"][self.head["states"][number]]
        return found

    def of(self, kind: str, task: luigi.Task) -> Any:
        """Give the last entry of a kind for a task, without its number; None if there is none."""
        number = self.numbers[task.task_id]
        return next((rest for each, *rest in reversed(self.entries(kind)) if each == number), None)
