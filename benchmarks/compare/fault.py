"""Faults that strike every way alike: in the database, in the middle of a load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from benchmarks.compare.world import WORDS_A_LIST, World
from local_airflow.waiting import wait_for

FAIL = "RAISE EXCEPTION 'the disk is full, this once'"
HANG = "PERFORM pg_sleep(600)"
MIDDLE = WORDS_A_LIST // 2

# A sequence counts on when a transaction is rolled back: the fault strikes once.
INSTALL = """
CREATE SEQUENCE fault_row;
CREATE FUNCTION fault() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('fault_row') = {middle} THEN {what}; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fault BEFORE INSERT ON daily_letter_count FOR EACH ROW EXECUTE FUNCTION fault();
"""
REMOVE = "DROP FUNCTION fault CASCADE; DROP SEQUENCE fault_row"
HANGING = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


@contextmanager
def fault_in_load(world: World, what: str) -> Iterator[None]:
    """Have one load of ``daily_letter_count`` struck in its middle, as long as the block lasts.

    :param world: the place
    :param what: :data:`FAIL` or :data:`HANG`
    """
    with world.engine.begin() as connection:
        connection.execute(sa.text(INSTALL.format(middle=MIDDLE, what=what)))
    try:
        yield
    finally:
        end_hanging(world)
        with world.engine.begin() as connection:
            connection.execute(sa.text(REMOVE))


def wait_until_hanging(world: World, *, deadline: float) -> None:
    """Wait until a load hangs in its middle."""
    query = sa.text(f"SELECT count(*) {HANGING}")

    def look() -> int:
        with world.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    wait_for("a load to hang in its middle", look, deadline=deadline, every=0.1)


def end_hanging(world: World) -> None:
    """Have the database notice that the one that was loading is gone: it rolls back."""
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) {HANGING}"))
