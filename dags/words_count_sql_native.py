"""The pipeline of ``words_count_sql`` without Luigi, in Airflow's own terms.

It makes the same files and the same rows. Airflow does not look at what is there: when a date is run again,
all of it is made again. That is safe, since files appear whole, and a date's rows are replaced in one
transaction.

The folders are the Variables ``words_inputs`` and ``words_outputs``, the database is the connection
``words_db``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Variable, task
from pendulum import datetime

REPOSITORY = Path(__file__).resolve().parent.parent


def folder(variable: str, default: str) -> Path:
    return Path(Variable.get(variable, default=str(REPOSITORY / default)))


def run_date(dag_run: Any) -> Any:
    """A run that was started by hand may have no logical date."""
    return (dag_run.logical_date or dag_run.run_after).date()


def read(path: Path | str) -> Any:
    import pandas as pd

    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def write(table: Any, name: str) -> str:
    path = folder("words_outputs", "output") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    table.to_csv(beside, index=False)
    return str(beside.rename(path))


@task
def words(dag_run: Any = None) -> str:
    date, inputs = run_date(dag_run), folder("words_inputs", "input")
    own_list = inputs / f"words_{date}.csv"
    return write(
        read(own_list if own_list.exists() else inputs / "words.csv")[["words"]], f"words_{date}.csv"
    )


@task
def count(words_file: Any, dag_run: Any = None) -> str:
    table = read(words_file)
    return write(table.assign(letter_count=table["words"].str.len()), f"count_{run_date(dag_run)}.csv")


@task
def store_counts(count_file: Any, dag_run: Any = None) -> None:
    import sqlalchemy as sa
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    date = run_date(dag_run)
    rows = read(count_file).astype({"letter_count": int}).assign(date=date)
    metadata = sa.MetaData()
    stored = sa.Table(
        "daily_letter_count",
        metadata,
        sa.Column("date", sa.Date, nullable=False, index=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("letter_count", sa.Integer, nullable=False),
    )
    with PostgresHook("words_db").get_sqlalchemy_engine().begin() as connection:
        metadata.create_all(connection)
        connection.execute(stored.delete().where(stored.c.date == date))
        rows.to_sql(stored.name, connection, if_exists="append", index=False)


@task
def print_counts(dag_run: Any = None) -> None:
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    date = run_date(dag_run)
    query = "SELECT * FROM daily_letter_count WHERE date = %s ORDER BY words"
    print(f"// daily_letter_count, {date}")
    print(PostgresHook("words_db").get_df(query, parameters=(date,)).to_string(index=False))


with DAG(
    "words_count_sql_native",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"retries": 2},
    tags=["words"],
    doc_md=__doc__,
    # Other DAG files may import these tasks, without this DAG becoming theirs.
    auto_register=False,
) as dag:
    store_counts(count(words())) >> print_counts()
