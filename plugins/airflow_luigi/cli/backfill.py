"""``airflow-luigi backfill``: have Airflow make the dates that are missing, and no others."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import click
import luigi
from rich.console import Console
from rich.table import Table

from airflow_luigi.cli import run_dates
from airflow_luigi.cli.airflow_api import AirflowApi, Json
from airflow_luigi.cli.backfill_plan import RULES, Backfill, backfills, remade
from airflow_luigi.cli.bars import Bar
from airflow_luigi.cli.dag_task import DagTask, luigi_task_of
from airflow_luigi.cli.follow import Dag, Follower, Interrupted
from airflow_luigi.cli.missing import built, look
from airflow_luigi.cli.run_dates import Slot
from airflow_luigi.core.matrix import Matrix
from airflow_luigi.core.task_spec import TaskSpecError, load_task_class
from airflow_luigi.matrix_table import matrix_table

INTERRUPTED = 130
# To see where the last interval ends, whatever its length.
_LONGEST = dt.timedelta(days=400)


T = TypeVar("T")


def _read_with(
    reader: Callable[[str], T],
) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    """Give an option's callback that reads its text."""

    def read(ctx: click.Context, param: click.Parameter, value: str | None) -> T | None:
        try:
            return None if value is None else reader(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error

    return read


@dataclass(frozen=True)
class _Dates:
    """The dates of a Luigi task that a DAG's runs stand for.

    :param task: the Luigi task.
    :param task_class: its class.
    :param slots: the DAG's schedule.
    :param by_value: the date parameter's values, each with the run that makes it.
    """

    task: DagTask
    task_class: type[luigi.Task]
    slots: Sequence[Slot]
    by_value: Mapping[object, Slot]

    def look(self, console: Console) -> Matrix:
        """Look at the data of every date."""
        values = list(self.by_value)
        return look(self.task_class, self.task.params, self.task.date_param, values, console)

    def shown(self, value: object) -> str:
        """Give a date as Luigi writes it."""
        return str(dict(self.task_class.get_params())[self.task.date_param].serialize(value))


@click.command(short_help="Make the dates of a DAG that are missing.")
@click.argument("dag_id")
@click.option(
    "--from",
    "first",
    metavar="DATE",
    callback=_read_with(run_dates.period),
    required=True,
    help="The first date: 2026, 2026-11, 2026-11-01 or 2026-11-01T13.",
)
@click.option(
    "--to",
    "last",
    metavar="DATE",
    callback=_read_with(run_dates.period),
    required=True,
    help="The last date, written as the first; it is included.",
)
@click.option(
    "--luigi-task", metavar="MODULE:CLASS", help="The task whose dates count.  [default: the DAG's]"
)
@click.option(
    "--param",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter of that task; may be repeated.  [default: as in the DAG's last run]",
)
@click.option("--date-param", metavar="NAME", help="Its date parameter.  [default: the DAG's run_date_param]")
@click.option(
    "--url",
    envvar=["AIRFLOW_API_URL", "AIRFLOW__API__BASE_URL"],
    default="http://localhost:8080",
    show_default=True,
    show_envvar=True,
    help="Address of Airflow's API server.",
)
@click.option(
    "--timezone",
    "zone",
    metavar="ZONE",
    callback=_read_with(run_dates.timezone),
    help="The timezone of the DAG's timetable.  [default: the DAG's]",
)
@click.option(
    "--reprocess",
    type=click.Choice(list(RULES)),
    default="completed",
    show_default=True,
    help="Which runs of missing dates are made again: none, those that failed, or all that have ended.",
)
@click.option(
    "--max-active-runs",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many runs at once.",
)
@click.option("--backwards", is_flag=True, help="Begin with the newest date.")
@click.option(
    "--unpause", is_flag=True, help="Unpause the DAG first, if it is paused. Its schedule goes on then."
)
@click.option("--dry-run", is_flag=True, help="Show the plan, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(
    ctx: click.Context,
    dag_id: str,
    first: tuple[dt.datetime, dt.datetime],
    last: tuple[dt.datetime, dt.datetime],
    luigi_task: str | None,
    params: tuple[str, ...],
    date_param: str | None,
    url: str,
    zone: dt.tzinfo | None,
    reprocess: str,
    max_active_runs: int,
    backwards: bool,
    unpause: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Have Airflow make the dates of DAG_ID whose data is missing, and no others.

    Which dates there are, Airflow says: those that runs of the DAG's schedule stand for. Which of them are
    missing, Luigi says: complete() is asked here, so the pipeline and its databases must be within reach.
    The runs are made by Airflow's own backfills, and followed until they have ended.

    Who you are to Airflow is taken from AIRFLOW_CLI_TOKEN, or from AIRFLOW_API_USER and AIRFLOW_API_PASSWORD,
    or asked for.

    The exit code is 0 if nothing is missing in the end, 1 if something is, 2 for a wrong argument, and 130
    after Ctrl-C.
    """
    if first[0] > last[1]:
        raise click.UsageError("--from is after --to.")
    out, err = Console(), Console(stderr=True)
    with _plain_errors():
        api = AirflowApi(url)
        details = api.dag(dag_id)
        _check_schedule(details)
        task = luigi_task_of(
            api, dag_id, spec=luigi_task, date_param=date_param, params=dict(map(_name_and_value, params))
        )
        dag = Dag(
            api,
            dag_id,
            zone or run_dates.timezone(task.timezone or details.get("timezone") or "UTC"),
            bool(details.get("timetable_partitioned")),
        )
        dates = _dates(dag, details, task, first[0], last[1], check_zone=zone is None)
        seen = dates.look(err)
        missing = built(seen)
        wanted = [dates.by_value[value] for value in missing]
        plan = backfills(dates.slots, wanted, reprocess)
        span = f"{len(seen.dates)} dates from {seen.dates[0]} to {seen.dates[-1]}"
        _say(out, f"{dag_id}, {task.spec}: {span}, {len(missing)} missing.")
        if not missing:
            return
        out.print(_plan_table(dates, missing, reprocess))
        _say(out, _plan_text(plan, reprocess, max_active_runs))
        in_flight = [each for each in wanted if each.in_flight]
        paused = bool(details["is_paused"])
        if dry_run:
            if paused:
                _say(out, f"{dag_id} is paused: its runs would wait. --unpause lets them run.")
            ctx.exit(1)
        if not (plan or in_flight):
            ctx.exit(1)
        if paused and not unpause:
            raise click.ClickException(
                f"The DAG {dag_id!r} is paused: its runs would wait. Add --unpause to let it run (its "
                "schedule goes on then, too), or unpause it in Airflow."
            )
        if plan and not yes:
            _ask(sum(len(each.slots) for each in plan))
        if paused:
            api.call("PATCH", dag.path, body={"is_paused": False})
        _follow(dag, plan, in_flight, err, out, ctx, max_active_runs=max_active_runs, backwards=backwards)
        seen = dates.look(err)
        out.print(matrix_table(seen))
        _say(out, f"{span}, {len(seen.missing)} missing.")
        _print_runs(out, dag, dates, seen, wanted)
    ctx.exit(1 if seen.missing else 0)


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except TaskSpecError as error:
        raise click.UsageError(str(error)) from error


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"--param {text!r}: write it as NAME=VALUE.")
    return name, value


def _check_schedule(details: Json) -> None:
    dag_id = details["dag_id"]
    if details.get("timetable_summary") is None or details.get("timetable_periodic") is False:
        schedule = details.get("timetable_summary")
        what = f"the schedule {schedule!r}, which has no dates" if schedule else "no schedule"
        raise click.ClickException(
            f"The DAG {dag_id!r} has {what}, so Airflow can't backfill it. Trigger its runs one by "
            "one instead."
        )
    if details.get("is_stale"):
        raise click.ClickException(
            f"Airflow no longer finds the file of the DAG {dag_id!r}, so nothing of it would run."
        )


def _dates(
    dag: Dag, details: Json, task: DagTask, first: dt.datetime, last: dt.datetime, *, check_zone: bool
) -> _Dates:
    task_class = load_task_class(task.spec)
    interval = isinstance(dict(task_class.get_params()).get(task.date_param), luigi.DateIntervalParameter)
    around = dag.slots(first, last + _LONGEST if interval else last)
    slots = [each for each in around if first <= each.local <= last]
    if not slots:
        raise click.ClickException(
            f"By its schedule ({details['timetable_summary']}) the DAG {dag.dag_id!r} has no runs from "
            f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({dag.zone}) that are due already."
        )
    if check_zone:
        run_dates.check_zone(slots, details.get("timetable_summary"), dag.zone)
    starts = _next_interval(dag, details)
    starts += [each.local for each in around] if starts else []
    return _Dates(task, task_class, slots, run_dates.dates(slots, task_class, task.date_param, starts))


def _next_interval(dag: Dag, details: Json) -> list[dt.datetime]:
    """Give start and end of the next run's data interval, if runs have intervals that aren't empty."""
    texts = [details.get(f"next_dagrun_data_interval_{name}") for name in ("start", "end")]
    if texts[0] == texts[1]:
        return []
    return [run_dates.moment(text).astimezone(dag.zone).replace(tzinfo=None) for text in texts if text]


def _plan_table(dates: _Dates, missing: Mapping[object, Sequence[str]], reprocess: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("Missing", "Run in Airflow", "To do", "Luigi builds"):
        table.add_column(name)
    for value, builds in missing.items():
        slot = dates.by_value[value]
        if slot.in_flight:
            todo = "wait for it"
        elif not remade(slot, reprocess):
            todo = "leave it alone"
        else:
            todo = "run it again" if slot.state else "make a run"
        table.add_row(dates.shown(value), slot.state or "-", todo, ", ".join(builds))
    return table


def _plan_text(plan: Sequence[Backfill], reprocess: str, max_active_runs: int) -> str:
    runs = sum(len(each.slots) for each in plan)
    again = sum(each.state == "success" for made in plan for each in made.slots)
    lines = [
        f"To do: {_many(runs, 'run')} in {_many(len(plan), 'backfill')}, at most {max_active_runs} at once."
    ]
    if again:
        lines.append(f"{_many(again, 'run')} succeeded, and the data is gone: made again all the same.")
    if reprocess != "completed":
        lines.append(f"--reprocess {reprocess} leaves other runs that have ended alone.")
    return "\n".join(lines)


def _say(out: Console, text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _ask(runs: int) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask in: add --yes to make the runs, or --dry-run.")
    click.confirm(f"Make {_many(runs, 'run')} in Airflow?", abort=True)


def _follow(
    dag: Dag,
    plan: Sequence[Backfill],
    in_flight: Sequence[Slot],
    err: Console,
    out: Console,
    ctx: click.Context,
    *,
    max_active_runs: int,
    backwards: bool,
) -> None:
    total = sum(len(each.slots) for each in plan) + len(in_flight)

    def tell(text: str) -> None:
        _say(out, text)

    try:
        with Bar(err, "Runs", total) as bar:
            watch: Callable[[int, int], None] = lambda ended, running: bar.show(ended, f"{running} running")  # noqa: E731
            Follower(
                dag, max_active_runs=max_active_runs, backwards=backwards, tell=tell, watch=watch
            ).follow(plan, in_flight)
    except Interrupted as interrupted:
        tell(_how_to_go_on(dag, interrupted))
        ctx.exit(INTERRUPTED)


def _how_to_go_on(dag: Dag, interrupted: Interrupted) -> str:
    page = f"{dag.api.url}/dags/{dag.dag_id}/backfills"
    what = f"Backfill {interrupted.backfill_id}" if interrupted.backfill_id else "What has been asked for"
    lines = [f"No longer watching. {what} goes on in Airflow: {page}"]
    if interrupted.left:
        lines.append(f"Airflow has not been asked for {_many(interrupted.left, 'date')} yet.")
    lines.append("The same command again waits for what is running, and makes what is missing then.")
    return "\n".join(lines)


def _print_runs(out: Console, dag: Dag, dates: _Dates, seen: Matrix, wanted: Collection[Slot]) -> None:
    """Name the runs of dates that are still missing, and those that failed although their data is there."""
    now = {each.key: each for each in dag.slots(dates.slots[0].local, dates.slots[-1].local)}
    for value in seen.values:
        slot = dates.by_value[value]
        run = now.get(slot.key)
        if run is None or run.run_id is None:
            continue
        page = f"{dag.api.url}/dags/{dag.dag_id}/runs/{quote(run.run_id, safe='')}"
        if value in seen.missing:
            _say(out, f"{dates.shown(value)}: {run.state}, {page}")
        elif slot in wanted and run.state == "failed":
            _say(out, f"{dates.shown(value)}: {run.state}, although the data is there, {page}")
