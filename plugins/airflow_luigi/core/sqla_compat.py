"""Makes stock ``luigi.contrib.sqla`` run under SQLAlchemy 2, and load no row twice.

``SQLAlchemyTarget.exists()`` of luigi up to 3.8.1 uses a form of ``select()`` that SQLAlchemy 2 no longer
has, and with it fails every ``CopyToTable`` (spotify/luigi pull request #3429). And ``CopyToTable`` marks a
load as done after it has committed it: a crash in between, and the next try loads the rows once more.
"""

from __future__ import annotations

import datetime
import functools
from types import ModuleType
from typing import Any


def repair() -> bool:
    """Replace ``SQLAlchemyTarget.exists`` if it doesn't work here.

    That is found by trying it on a SQLite database in memory, which takes a few milliseconds. Nothing is done
    where luigi works, where somebody has repaired it already, or without SQLAlchemy.

    :return: whether it was replaced by this call
    """
    try:
        import sqlalchemy
        from luigi.contrib import sqla
    except Exception:  # not there, or not for this Python: SQLAlchemy 1.4 asserts so when imported under 3.13
        return False
    if _works(sqla, sqlalchemy):
        return False
    broken = sqla.SQLAlchemyTarget.exists

    @functools.wraps(broken)
    def exists(self: Any) -> bool:
        if self.marker_table_bound is None:
            self.create_marker_table()
        table = self.marker_table_bound
        marker = sqlalchemy.select(table.c.update_id).where(
            table.c.update_id == self.update_id, table.c.target_table == self.target_table
        )
        with self.engine.connect() as connection:
            return connection.execute(marker.limit(1)).first() is not None

    sqla.SQLAlchemyTarget.exists = exists  # type: ignore[method-assign]
    if _works(sqla, sqlalchemy):
        return True
    # Something else is wrong with it: its own error says more than ours would.
    sqla.SQLAlchemyTarget.exists = broken  # type: ignore[method-assign]
    return False


def _works(sqla: ModuleType, sqlalchemy: ModuleType) -> bool:
    engine = sqlalchemy.create_engine("sqlite://")

    class Probe(sqla.SQLAlchemyTarget):  # type: ignore[name-defined]
        # The class keeps its engines by connection string: this one must not be among them.
        @property
        def engine(self) -> Any:
            return engine

    try:
        target = Probe("sqlite://", "table", "update")
        if target.exists():
            return False
        target.touch()
        return bool(target.exists())
    except Exception:
        return False
    finally:
        engine.dispose()


def mark_with_load() -> bool:
    """Have ``CopyToTable`` commit its marker together with the rows that it loads.

    Its ``run`` stays luigi's own, or the subclass's: the marker is added to the transaction in which
    ``copy()`` was called, just before that is committed.

    :return: whether this call has changed it; False if that was done before, or without SQLAlchemy
    """
    try:
        from luigi.contrib import sqla
        from sqlalchemy import event
    except Exception:  # as in repair()
        return False
    stock = sqla.CopyToTable.run
    if getattr(stock, "marks_with_load", False):
        return False

    @functools.wraps(stock)
    def run(self: Any) -> None:
        target = self.output()
        if not isinstance(target, sqla.SQLAlchemyTarget):
            stock(self)
            return
        target.create_marker_table()
        loads = set()

        def copy(connection: Any, *args: Any, **kwargs: Any) -> Any:
            loads.add(connection)
            return type(self).copy(self, connection, *args, **kwargs)

        def on_commit(connection: Any) -> None:
            if connection in loads:
                _mark(connection, target)

        self.copy = copy
        event.listen(target.engine, "commit", on_commit)
        try:
            stock(self)
        finally:
            event.remove(target.engine, "commit", on_commit)
            del self.copy

    run.marks_with_load = True  # type: ignore[attr-defined]
    sqla.CopyToTable.run = run  # type: ignore[method-assign]
    return True


def _mark(connection: Any, target: Any) -> None:
    """Write the marker, unless it is there: ``touch()`` comes after, and sets its time."""
    from sqlalchemy import select

    markers = target.marker_table_bound
    own = (markers.c.update_id == target.update_id) & (markers.c.target_table == target.target_table)
    if connection.execute(select(markers.c.update_id).where(own)).first() is None:
        row = {"update_id": target.update_id, "target_table": target.target_table}
        connection.execute(markers.insert().values(**row, inserted=datetime.datetime.now()))
