"""Every way begins with an empty world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from benchmarks.compare.world import World

DAY = date(2026, 1, 1)


@pytest.fixture
def world() -> Iterator[World]:
    with TemporaryDirectory(prefix="world-") as folder:
        made = World(Path(folder) / "state", pieces=1)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def test_nothing_of_the_way_before_is_left(world: World) -> None:
    world.put_words(DAY)
    (world.outputs / "words_2026-01-01.csv").touch()
    with world.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE daily_letter_count (date date)"))
    world.reset()
    assert [path.name for path in world.inputs.iterdir()] == ["words.csv"]
    assert list(world.outputs.iterdir()) == []
    assert sa.inspect(world.engine).get_table_names() == []


def test_words_are_the_same_each_time_and_others_in_another_version(world: World) -> None:
    world.put_words(DAY)
    first = world.word_list(DAY).read_text()
    world.put_words(DAY, version=2)
    assert world.word_list(DAY).read_text() != first
    world.put_words(DAY)
    assert world.word_list(DAY).read_text() == first
