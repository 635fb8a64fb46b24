"""A Luigi target for rows in a table: :class:`MarkerTableTarget`.

Luigi knows that a table was loaded by a row in a marker table. Luigi's own ``SQLAlchemyTarget`` writes that
row after the load, in a transaction of its own, so that a crash between the two loads twice. Here rows and
marker are committed together.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import luigi
import sqlalchemy
from luigi.configuration import get_config
from sqlalchemy import Column, DateTime, MetaData, String, Table, event
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from airflow_luigi.core.connections import (
    WRITES,
    connect,
    engine,
    sqlite_file,
)
from airflow_luigi.core.resolvers import DatabaseUnavailableError
from airflow_luigi.core.secrets import mask

# Luigi's: characters in the columns update_id and target_table.
MAX_LENGTH = 128

DEFAULT_MARKER_TABLE = "table_updates"

# SQLAlchemy's names for MariaDB and MySQL: the URL says which.
_MYSQL = ("mysql", "mariadb")

# Seconds that a load waits, on those two, for another one into the same table.
LOAD_LOCK_TIMEOUT = 3600

# Ids in one query: SQLite before 3.32 takes 999 values in a statement.
_BATCH = 400

# Creating a table fails when another process creates it at that moment; after that it is there.
_ATTEMPTS_TO_CREATE = 5

_LINE_COMMENT_OR_BLOCK = r"(?:\s|--[^\n]*\n|#[^\n]*\n|/\*(?!!).*?\*/)*"
_ENDS_TRANSACTION = re.compile(
    _LINE_COMMENT_OR_BLOCK + r"(BEGIN|COMMIT|END|START\s+TRANSACTION|ROLLBACK(?!\s+(?:WORK\s+)?TO))\b",
    re.IGNORECASE | re.DOTALL,
)
# See "SQL statements that cause an implicit commit" in MariaDB's documentation. Temporary tables do not.
_COMMITS_ON_MYSQL = re.compile(
    _LINE_COMMENT_OR_BLOCK + r"((?:ALTER|CREATE(?:\s+OR\s+REPLACE)?|DROP)\s+(?!TEMPORARY\b|OR\b)\w+"
    r"|TRUNCATE|RENAME|ANALYZE\s+TABLE|OPTIMIZE|REPAIR|LOCK\s+TABLES|UNLOCK\s+TABLES|GRANT|REVOKE)\b",
    re.IGNORECASE | re.DOTALL,
)


class MarkerConflictError(Exception):
    """The marker table can't hold this marker beside one that it has. Nothing was loaded."""


class TransactionError(Exception):
    """A statement inside :meth:`MarkerTableTarget.load` ends its transaction, or would."""


class MarkerTableTarget(luigi.Target):
    """A load of rows into a table, known by an id.

    The marker table is luigi's: named by ``[sqlalchemy] marker-table`` (``table_updates``), with luigi's
    columns, so markers that ``luigi.contrib.sqla.SQLAlchemyTarget`` wrote count, and it counts these.

    :param database: a name, or a URL, see :func:`airflow_luigi.core.connections.resolve`
    :param target_table: name of the table that is loaded
    :param update_id: what is loaded, such as the task's id, or the date of the rows. Of any length: more than
        128 characters (luigi's column) are stored as their beginning and a hash of the whole.
    """

    def __init__(self, database: str, target_table: str, update_id: str) -> None:
        self.database = database
        self.target_table = target_table
        self.update_id = update_id

    def __str__(self) -> str:
        return mask(f'marker "{self.update_id}" of the table {self.target_table} in {self.database}')

    @property
    def engine(self) -> Engine:
        """The database's engine, see :func:`airflow_luigi.core.connections.engine`."""
        return engine(self.database)

    def exists(self) -> bool:
        """Tell whether the marker is there. Nothing is created: without a table, or a file, it isn't.

        :raises DatabaseUnavailableError: the server gives no answer
        """
        return self.update_id in existing(self.database, self.target_table, [self.update_id])

    @contextlib.contextmanager
    def load(self, *tables: Table) -> Iterator[Connection]:
        """Give a connection to load rows with, in one transaction that holds the marker as well.

        It is committed at the end of the block, and rolled back when an exception leaves it. A marker of the
        same id is renewed, so a load that may come again begins by deleting its own rows. Loads of the same
        id wait for each other; on MariaDB and MySQL, and on SQLite anyway, so do all loads into one table.

        :param tables: tables that are created first if they are missing, as is the marker table. On MariaDB
            and MySQL this is the place for it: there, DDL in the block would commit half of the load.
        :raises MarkerConflictError: the marker can't be written; raised before the block is run
        :raises TransactionError: a statement in the block would end the transaction; nothing is committed
        :raises DatabaseUnavailableError: the server gives no answer, or a lock was not to be had
        """
        with connect(self.database, create=True) as connection:
            markers = _marker_table(connection.dialect)
        for table in [markers, *sqlalchemy.schema.sort_tables(tables)]:
            _create_if_missing(self.database, table)
        with _transaction(self.database, alone_with=self.target_table) as connection:
            self._mark(connection, markers)
            with _guarded(connection):
                yield connection

    def touch(self) -> None:
        """Mark the load as done, with no rows."""
        with self.load():
            pass

    def remove(self) -> None:
        """Remove the marker, so that the load counts as not done. Its rows stay."""
        if not self.exists():
            return
        with _transaction(self.database) as connection:
            markers = _marker_table(connection.dialect)
            connection.execute(
                markers.delete().where(
                    markers.c.update_id.in_(_forms(self.update_id)),
                    markers.c.target_table.in_(_forms(self.target_table)),
                )
            )

    def _mark(self, connection: Connection, markers: Table) -> None:
        update_id, target_table = stored(self.update_id), stored(self.target_table)
        now = datetime.datetime.now()  # local time without a zone, as luigi writes it
        row = {"update_id": update_id, "target_table": target_table, "inserted": now}
        same_id = markers.c.update_id == update_id
        same_marker = sqlalchemy.and_(same_id, markers.c.target_table == target_table)
        found: Sequence[Any] = ()
        while not found:  # again if another process removes the marker between the two
            # One statement that also waits for another process that is writing the same marker.
            connection.execute(_insert_unless_there(connection.dialect.name, markers, row))
            connection.execute(markers.update().where(same_marker).values(inserted=now))
            query = sqlalchemy.select(markers.c.update_id, markers.c.target_table).where(same_id)
            found = connection.execute(query).all()
        if (update_id, target_table) in {tuple(other) for other in found}:
            return
        other_id, other_table = found[0]
        raise MarkerConflictError(
            mask(
                f"The marker table {markers.name} in {self.database} can't hold the marker "
                f'"{self.update_id}" of the table {self.target_table}: it has the marker "{other_id}" of the '
                f"table {other_table}, and its key, made by luigi.contrib.sqla, is the update id alone. Put "
                f"the table's name into the update id, or give {markers.name} the primary key (update_id, "
                "target_table). Nothing was loaded."
            )
        )


def existing(database: str, target_table: str, update_ids: Iterable[str]) -> set[str]:
    """Give those update ids of a table that are marked, see :func:`marked`."""
    return set(marked(database, target_table, update_ids))


def marked(database: str, target_table: str, update_ids: Iterable[str]) -> dict[str, str | None]:
    """Give those update ids of a table that are marked, each with when, as the marker table has it.

    A few hundred are asked for with one query. Reads only: where the marker table, or SQLite's file, is
    missing, none is marked.

    :param database: a name, or a URL, see :func:`airflow_luigi.core.connections.resolve`
    :param target_table: name of the table that is loaded
    :param update_ids: the ids in question, of any number and length
    :raises DatabaseUnavailableError: the server gives no answer
    """
    path = sqlite_file(engine(database).url)
    if path is not None and not path.exists():
        return {}
    wanted = list(dict.fromkeys(update_ids))
    tables = _forms(target_table)
    found: dict[str, str | None] = {}
    with connect(database) as connection:
        markers = _marker_table(connection.dialect)
        # As it is: whether a marker is there must not hang on whether its time can be read.
        inserted = sqlalchemy.type_coerce(markers.c.inserted, String).label("inserted")
        for start in range(0, len(wanted), _BATCH):
            ids = [form for update_id in wanted[start : start + _BATCH] for form in _forms(update_id)]
            query = sqlalchemy.select(markers.c.update_id, markers.c.target_table, inserted).where(
                markers.c.update_id.in_(ids), markers.c.target_table.in_(tables)
            )
            try:
                rows = connection.execute(query).all()
            except DBAPIError:
                connection.rollback()
                if sqlalchemy.inspect(connection).has_table(markers.name):
                    raise
                return {}
            # Compared once more: in a table that luigi made on MariaDB, "A" equals "a" and "a ".
            for row in rows:
                if row.target_table in tables:
                    found[row.update_id] = None if row.inserted is None else str(row.inserted)
    forms = ((update_id, form) for update_id in wanted for form in _forms(update_id))
    return {update_id: found[form] for update_id, form in forms if form in found}


def stored(text: str) -> str:
    """Give the form of an update id or a table's name that fits luigi's columns; distinct ones stay so."""
    if len(text) <= MAX_LENGTH:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
    return f"{text[: MAX_LENGTH - 1 - len(digest)]}~{digest}"


def _forms(text: str) -> list[str]:
    """What to look for: on SQLite, which minds no lengths, luigi has stored the text in full."""
    return list(dict.fromkeys([stored(text), text]))


def _marker_table(dialect: Dialect) -> Table:
    text: String = String(MAX_LENGTH)
    if dialect.name in _MYSQL:
        text = mysql.VARCHAR(MAX_LENGTH, collation=_exact_collation(dialect))
    return Table(
        get_config().get("sqlalchemy", "marker-table", DEFAULT_MARKER_TABLE),
        MetaData(),
        Column("update_id", text, primary_key=True),
        Column("target_table", text, primary_key=True),
        Column("inserted", DateTime),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def _exact_collation(dialect: Any) -> str:
    """By default, MariaDB and MySQL take texts for equal that differ in case or in spaces at the end."""
    if dialect.is_mariadb:
        return "utf8mb4_nopad_bin"
    return "utf8mb4_0900_bin" if dialect.server_version_info >= (8, 0, 17) else "utf8mb4_bin"


def _insert_unless_there(dialect: str, markers: Table, row: dict[str, Any]) -> Any:
    if dialect in _MYSQL:
        # Not INSERT IGNORE: that takes a shared lock on what is there, on which two processes deadlock.
        return mysql.insert(markers).values(row).on_duplicate_key_update(inserted=row["inserted"])
    if dialect == "postgresql":
        return postgresql.insert(markers).values(row).on_conflict_do_nothing()
    return sqlite.insert(markers).values(row).on_conflict_do_nothing()


def _create_if_missing(database: str, table: Table) -> None:
    for attempt in range(1, _ATTEMPTS_TO_CREATE + 1):
        with connect(database, create=True) as connection:
            if sqlalchemy.inspect(connection).has_table(table.name, schema=table.schema):
                return
        try:
            with _transaction(database) as connection:
                table.create(connection, checkfirst=True)
        except DBAPIError:
            if attempt == _ATTEMPTS_TO_CREATE:
                raise


@contextlib.contextmanager
def _transaction(database: str, alone_with: str | None = None) -> Iterator[Connection]:
    """A transaction for writing, committed at the end of the block.

    :param alone_with: a table, for which one transaction at a time is let in, where the database needs that
    """
    with connect(database, create=True) as connection, _lock(connection, alone_with):
        connection.execution_options(**{WRITES: True})
        try:
            transaction = connection.begin()
        except OperationalError as error:
            raise DatabaseUnavailableError(
                mask(f"{database} could not be locked for writing, another load holds it: {error.orig}")
            ) from None
        try:
            yield connection
            transaction.commit()
        except BaseException:
            if transaction.is_active:
                transaction.rollback()
            elif _usable(connection):
                # SQLAlchemy holds a transaction whose commit() was refused for ended, the database does not.
                connection.connection.rollback()
                connection.rollback()
            raise


@contextlib.contextmanager
def _lock(connection: Connection, table: str | None) -> Iterator[None]:
    """Let in one load into a table at a time, on MariaDB and MySQL.

    There a DELETE without an index of its own, or a unique key, locks other loads' rows too: of 200 dated
    loads from 8 processes 11 ended in a deadlock. The lock ends with the connection, so a killed process
    holds nobody up.
    """
    if table is None or connection.dialect.name not in _MYSQL:
        yield
        return
    digest = hashlib.sha256(f"{connection.engine.url.database}.{table}".encode()).hexdigest()[:32]
    name = f"luigi-load-{digest}"
    try:
        taken = connection.scalar(sqlalchemy.select(sqlalchemy.func.get_lock(name, LOAD_LOCK_TIMEOUT)))
        connection.rollback()
        if taken != 1:
            raise DatabaseUnavailableError(
                f"The table {table} could not be locked: another load into it took {LOAD_LOCK_TIMEOUT} s"
            )
        yield
    finally:
        # A connection that breaks here has given the lock back.
        with contextlib.suppress(DBAPIError):
            if _usable(connection):
                connection.scalar(sqlalchemy.select(sqlalchemy.func.release_lock(name)))
                connection.rollback()


def _usable(connection: Connection) -> bool:
    return not connection.closed and not connection.invalidated


@contextlib.contextmanager
def _guarded(connection: Connection) -> Iterator[None]:
    """Refuse what would end the connection's transaction before the block's end."""
    on_mysql = connection.dialect.name in _MYSQL

    def before_statement(_: Any, cursor: Any, statement: str, *rest: Any) -> None:  # noqa: ARG001
        if found := _ENDS_TRANSACTION.match(statement):
            refuse(found[1].upper())
        if on_mysql and (found := _COMMITS_ON_MYSQL.match(statement)):
            raise TransactionError(
                f"{found[1].upper()} inside load() would commit half of it on {connection.dialect.name}. "
                "Hand the table to load(), which creates it first, or create it before. Nothing was loaded."
            )

    def refuse(what: str) -> None:
        raise TransactionError(f"{what} inside load() would end its transaction. Nothing was loaded.")

    def on_commit(_: Connection) -> None:
        refuse("commit()")

    event.listen(connection, "before_cursor_execute", before_statement)
    event.listen(connection, "commit", on_commit)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", before_statement)
        event.remove(connection, "commit", on_commit)
    if not connection.in_transaction():
        raise TransactionError("The transaction of load() was rolled back inside it. Nothing was loaded.")
