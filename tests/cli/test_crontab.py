"""Crontabs as people have them, and what Airflow makes of the DAGs that are written for them."""

from __future__ import annotations

import ast
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import luigi
import pendulum
import pytest
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from airflow_luigi.cli.cron_dag import Options, to_dag
from airflow_luigi.cli.cron_dates import read_date
from airflow_luigi.cli.crontab import UnreadableError, lines_of, period
from airflow_luigi.cli.dag_file import DagFile, literal

BERLIN = "Europe/Berlin"
TODAY = dt.date(2026, 11, 1)
DAY = "+\\%Y-\\%m-\\%d"


class CronTask(luigi.Task):
    date = luigi.DateParameter()
    label = luigi.Parameter(default="")
    dry = luigi.BoolParameter()


def read(crontab: str, **options: Any) -> DagFile:
    (line,) = lines_of(crontab)
    ids = {"timezone": "UTC", "start_date": TODAY, "check": False, **options}
    return to_dag(line, Options(**ids), str)


def reason(crontab: str, **options: Any) -> str:
    with pytest.raises(UnreadableError) as error:
        read(crontab, **options)
    return str(error.value)


def params(file: DagFile) -> dict[str, Any]:
    return {each.name: ast.literal_eval(each.value) for each in file.params if each.value is not None}


# Each calls sales.daily:Report with yesterday's date, and nothing else.
REPORT = "--module sales.daily Report --date"
YESTERDAY = "$(date -d yesterday +\\%F)"
YESTERDAYS = [
    f"0 2 * * * luigi {REPORT} $(date -d yesterday {DAY})",
    f"0 2 * * *\tluigi  --module sales.daily  Report --date `date -d yesterday {DAY}` --local-scheduler",
    f"0 2 * * * cd /opt/sales && luigi {REPORT} $(date -d '-1 day' {DAY})",
    f"0 2 * * * cd /opt/sales; PYTHONPATH='.' luigi {REPORT} $(date -d '1 day ago' {DAY})",
    f"0 2 * * * luigi {REPORT} {YESTERDAY} >> /var/log/sales.log 2>&1",
    f"0 2 * * * luigi {REPORT} {YESTERDAY} &>> /var/log/sales.log",
    f"0 2 * * * luigi {REPORT}=$(date --date=yesterday +\\%F) > /dev/null 2>&1",
    f'0 2 * * * luigi {REPORT} "$(date --date="-1 days" +\\%F)" 2>/dev/null',
    f"0 2 * * * luigi {REPORT} $(date -I -d yesterday) | tee -a /var/log/sales.log",
    f"0 2 * * * luigi {REPORT} $(date -v-1d +\\%Y-\\%m-\\%d)",
    f"0 2 * * * python -m luigi {REPORT} {YESTERDAY}",
    f"0 2 * * * /opt/venv/bin/python3.11 -u -m luigi {REPORT} $(date -Idate -d yesterday)",
    "0 2 * * * /opt/venv/bin/luigi Report --module sales.daily --date $(/bin/date -d yesterday +\\%F)",
    f"0 2 * * * . /opt/venv/bin/activate && luigi {REPORT} {YESTERDAY}",
    f"0 2 * * * export LANG=C.UTF-8; luigi {REPORT} {YESTERDAY}",
    f"0 2 * * * env LANG=C luigi {REPORT} {YESTERDAY} || exit 1",
    f"0 2 * * * nice -n 10 ionice -c3 luigi {REPORT} {YESTERDAY}",
    f"0 2 * * * nohup luigi {REPORT} {YESTERDAY} --log-level INFO",
    f"0 2 * * * /bin/bash -lc 'luigi {REPORT} {YESTERDAY}'",
    f'0 2 * * * /bin/bash -c "cd /opt && luigi {REPORT} {YESTERDAY}"',
    f"0 2 * * * cd /opt && uv run luigi {REPORT} {YESTERDAY}",
    f"0 2 * * * luigi --module sales.daily --local-scheduler --no-lock Report --date {YESTERDAY}",
    f"0 2 * * * luigi {REPORT} {YESTERDAY} # nightly",
    f"0 2 * * * luigi {REPORT} {YESTERDAY} --retcode-task-failed 30",
    f"L=/opt/venv/bin/luigi\nD=/opt\n0 2 * * * cd $D && $L {REPORT} {YESTERDAY}",
    f'L="python -m luigi"\n0 2 * * * ${{L}} {REPORT} {YESTERDAY}',
]


@pytest.mark.parametrize("crontab", YESTERDAYS)
def test_a_daily_run_with_yesterdays_date_has_the_interval_that_has_just_ended(crontab: str) -> None:
    file = read(crontab)
    assert (file.luigi_task, file.run_date_param, params(file)) == ("sales.daily:Report", "date", {})
    assert (file.schedule.timetable, file.schedule.cron) == ("CronDataIntervalTimetable", "0 2 * * *")
    assert file.arguments == []


@pytest.mark.parametrize(
    ("fields", "date", "timetable", "interval"),
    [
        ("0 2 * * *", "date +\\%F", "CronTriggerTimetable", ()),
        ("0 2 * * *", "date -d today +\\%F", "CronTriggerTimetable", ()),
        ("@daily", "date -d yesterday +\\%F", "CronDataIntervalTimetable", ()),
        ("@midnight", "date -d yesterday +\\%F", "CronDataIntervalTimetable", ()),
        ("@hourly", "date -d '1 hour ago' +\\%Y-\\%m-\\%dT\\%H", "CronDataIntervalTimetable", ()),
        ("15 * * * *", "date -d '-1 hour' +\\%Y-\\%m-\\%dT\\%H", "CronDataIntervalTimetable", ()),
        ("15 * * * *", "date +\\%Y-\\%m-\\%dT\\%H", "CronTriggerTimetable", ()),
        ("0 3 1 * *", "date -d 'last month' +\\%Y-\\%m", "CronDataIntervalTimetable", ()),
        ("0 3 1 * *", "date -d yesterday +\\%Y-\\%m", "CronTriggerTimetable", (("days", 1),)),
        ("0 3 * * 1", "date -d last-week +\\%F", "CronDataIntervalTimetable", ()),
        ("0 3 * * mon", "date -d yesterday +\\%F", "CronTriggerTimetable", (("days", 1),)),
        ("30 6 * * 1-5", "date -d yesterday +\\%F", "CronTriggerTimetable", (("days", 1),)),
        ("0 */6 * * *", "date -d yesterday +\\%F", "CronTriggerTimetable", (("days", 1),)),
        ("0 2 * * *", "date -d '-3 days' +\\%F", "CronTriggerTimetable", (("days", 3),)),
        ("0 0 1 1 *", "date -d 'last year' +\\%Y", "CronDataIntervalTimetable", ()),
    ],
)
def test_the_timetable_is_the_one_that_gives_the_lines_date(
    fields: str, date: str, timetable: str, interval: tuple[Any, ...]
) -> None:
    schedule = read(f"{fields} luigi --module a.b Report --date $({date})").schedule
    assert (schedule.timetable, schedule.interval) == (timetable, interval)


@pytest.mark.parametrize(
    ("crontab", "says"),
    [
        ("@reboot luigi --module a.b T", "@reboot is no schedule that Airflow has"),
        ("0 25 * * * luigi --module a.b T", "'0 25 * * *' is no schedule that Airflow can read"),
        ("0 2 * * * luigi --module a.b T --date $(date +%F)", r"a % that is not written as \%"),
        ("0 2 * * * root luigi --module a.b T", "it also runs 'root'"),
        ("0 2 * * * luigi --module a.b T && curl http://up", "it also runs 'curl'"),
        ("0 2 * * * luigi --module a.b T | mail ops", "it also runs 'mail'"),
        ("0 2 * * * sudo -u etl luigi --module a.b T", "it also runs 'sudo'"),
        ("0 2 * * * sleep 60; luigi --module a.b T", "it also runs 'sleep'"),
        ("0 2 * * * luigi --module a.b T; luigi --module a.b U", "it calls luigi 2 times"),
        ("0 2 * * * python /opt/luigi_job.py T", "it runs '/opt/luigi_job.py' with Python"),
        ("0 2 * * * python -m sales.luigi_main T", "it runs 'sales.luigi_main' with Python"),
        ("0 2 * * * bash /opt/run_luigi.sh", "it runs the script /opt/run_luigi.sh"),
        ("0 2 * * * (luigi --module a.b T)", "the shell's ( is not read"),
        ("0 2 * * * luigi --module a.b T &", "the shell's & is not read"),
        ("0 2 * * * [ -f /x ] && luigi --module a.b T", "the shell's [ is not read"),
        ("0 2 * * * luigi --module a.b T --region $REGION", "the crontab does not say what $REGION is"),
        ("0 2 * * * luigi --module a.b T --n $((1 + 2))", "it calculates with $((...))"),
        ("0 2 * * * luigi --module a.b T --n ${N:-3}", "the shell's ${ is not read"),
        ("0 2 * * * luigi --module a.b T --host $(hostname)", "$(hostname) is not $(date ...)"),
        ("0 2 * * * luigi --module a.b T --date $(date -d 'last monday' +\\%F)", "'last monday' is not read"),
        ("0 2 * * * luigi --module a.b T --date $(date -d tomorrow +\\%F)", "'tomorrow' is after the run"),
        ("0 2 * * * luigi --module a.b T --date $(date +\\%s)", "date's %s is not read"),
        ("0 2 * * * luigi --module a.b T --date $(date)", "$(date) has no format"),
        ("0 2 * * * luigi --module a.b T --date $(TZ=UTC date +\\%F)", "is not $(date ...)"),
        ("0 2 * * * luigi --module a.b T --month $(date -d 'last month' +\\%Y-\\%m)", "is not once a month"),
        ("0 2 * * * luigi --module a.b", "it names 0 tasks"),
        ("0 2 * * * luigi T --date 2026-01-01", "it has no --module"),
        ("0 2 * * * luigi --module a.b --force T", "the task's name must stand before its parameters"),
        ("0 2 * * * luigi --module a.b T --x 'y", "the shell's quotes don't match"),
        ("0 2 * * * luigi --module a.b T --assistant", "--assistant is not read"),
        ("0 2 * * * luigi --module a.b T --x 1 --x 2", "--x is given twice"),
        ("0 2 * * luigi", "there are no five fields and a command"),
    ],
)
def test_what_is_not_read_is_told_and_not_guessed(crontab: str, says: str) -> None:
    assert says in reason(crontab)


def test_what_a_line_says_of_the_build_goes_into_the_dag() -> None:
    file = read(
        "0 2 * * * flock -n /tmp/x -c 'timeout -k 10 2h luigi --module a.b ns.Report --workers 4 --dry "
        "--n -1 --Other-limit 5 --Other-fast --parallel-scheduling "
        "--scheduler-host luigid --scheduler-port 80'"
    )
    assert file.luigi_task == "a.b:Report"
    assert params(file) == {"dry": True, "n": "-1"}
    arguments = dict(file.arguments)
    assert (arguments["workers"], arguments["execution_timeout"]) == ("4", "timedelta(seconds=7200)")
    assert ast.literal_eval(arguments["luigi_config"]) == {
        "Other": {"limit": "5", "fast": "true"},
        "core": {"parallel_scheduling": "true"},
    }
    assert file.dag_arguments == [("max_active_runs", "1")]
    assert any("http://luigid:80" in comment for comment in file.comments)


def test_the_line_its_folder_and_its_environment_are_told() -> None:
    line = "0 2 * * * cd /opt/x && luigi --module a.b T"
    file = read(f"MAILTO=me\nLUIGI_CONFIG_PATH='/etc/luigi.cfg'\n{line}")
    assert f"  {line}" in file.comments
    assert any("it ran in /opt/x" in each for each in file.todo)
    assert any("LUIGI_CONFIG_PATH=/etc/luigi.cfg" in each for each in file.todo)
    assert not any("MAILTO" in each for each in file.todo)


@pytest.mark.parametrize(
    "crontab",
    [
        "0 2 * * * luigi --module a.b T --db-password hunter22",
        "0 2 * * * luigi --module a.b T --url postgresql://u:hunter22@h/db",
        "0 2 * * * luigi --module a.b T --Store-api-token=hunter22",
        "0 2 * * * luigi --module a.b T --Store-url 'mysql://u:hunter22@h/db'",
        "DB_PASSWORD=hunter22\n0 2 * * * luigi --module a.b T --pw $DB_PASSWORD",
        "0 2 * * * API_TOKEN=hunter22 luigi --module a.b T",
        "0 2 * * * luigi --module a.b T --scheduler-url http://u:hunter22@h",
    ],
)
def test_no_password_gets_into_a_file(crontab: str) -> None:
    text = read(crontab).text()
    assert "TODO" in text or "***" in text
    assert "hunter22" not in text


def test_a_pipeline_that_can_be_imported_is_asked_for_its_parameters() -> None:
    module = __name__
    start = f"0 2 * * * luigi --module {module} CronTask"
    file = read(f"{start} --date $(date +\\%F) --dry --label x", check=True)
    assert (file.luigi_task, params(file)) == (f"{module}:CronTask", {"dry": True, "label": "x"})
    assert "has no parameter 'lable', did you mean 'label'?" in reason(f"{start} --lable x", check=True)
    assert "there is no value behind --label" in reason(f"{start} --label --dry", check=True)
    assert "has no task 'CronTusk'" in reason(f"0 2 * * * luigi --module {module} CronTusk", check=True)
    # A date that luigi takes as a text.
    text = read(f"{start} --date 2026-01-01 --label $(date +\\%F)", check=True)
    assert text.run_date_param is None
    assert "strftime('%Y-%m-%d')" in params(text)["label"]
    unchecked = read("0 2 * * * luigi --module no_such.module T", check=True)
    assert any("there is no module 'no_such' here" in each for each in unchecked.comments)


def test_a_range_task_of_luigi_is_found_where_it_is() -> None:
    file = read("0 2 * * * luigi --module a.b RangeDaily --of Report --days-back 7")
    assert file.luigi_task == "luigi.tools.range:RangeDaily"
    assert params(file) == {"of": "Report", "days_back": "7"}


def test_a_system_crontab_has_a_user() -> None:
    assert read("0 2 * * * etl luigi --module a.b T", user_column=True).luigi_task == "a.b:T"


def test_a_timezone_of_cron_is_the_timetables() -> None:
    file = read(f"CRON_TZ={BERLIN}\n0 2 * * * luigi --module a.b T --date $(date +\\%F)")
    assert file.schedule.timezone == BERLIN
    assert "CRON_TZ=Berlin is no timezone" in reason("CRON_TZ=Berlin\n0 2 * * * luigi --module a.b T")
    assert "date -u gives UTC" in reason(
        f"CRON_TZ={BERLIN}\n0 2 * * * luigi --module a.b T --date $(date -u +\\%F)"
    )


# Runs by these come too near to midnight for an interval.
NIGHTS = ("5 */6 * * *", "15 * * * *", "30 0 * * 1-5", "30 23 * * 0")
FIELDS = st.sampled_from(["0 2 * * *", "30 14 * * *", "0 12 * * 1-5", *NIGHTS])
UNITS = st.sampled_from(["day", "hour"])


@settings(max_examples=300)
@given(
    fields=FIELDS,
    unit=UNITS,
    amount=st.integers(0, 5),
    zone=st.sampled_from(["UTC", BERLIN, "America/New_York"]),
    now=st.datetimes(dt.datetime(2026, 1, 5), dt.datetime(2026, 12, 20)),
)
def test_a_runs_date_is_what_date_would_have_said(
    fields: str, unit: str, amount: int, zone: str, now: dt.datetime
) -> None:
    form = "\\%Y-\\%m-\\%dT\\%H" if unit == "hour" else "\\%Y-\\%m-\\%d"
    other = f"{amount + 1} {unit}s ago"
    line = (
        f"{fields} luigi --module a.b T --at $(date -d '{amount} {unit}s ago' +{form}) "
        f"--file x_$(date -d '{amount} {unit}s ago' +{form}).csv --before $(date -d '{other}' +{form})"
    )
    file = read(line, timezone=zone)
    schedule = file.schedule
    if schedule.timetable == "CronDataIntervalTimetable":
        timetable: Any = CronDataIntervalTimetable(schedule.cron, timezone=zone)
    else:
        interval = dt.timedelta(**dict(schedule.interval))
        timetable = CronTriggerTimetable(schedule.cron, timezone=zone, interval=interval)
    earliest = pendulum.instance(now, tz="UTC")
    run = timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(earliest, None, catchup=True)
    )
    tz = pendulum.timezone(zone)
    started = run.run_after.astimezone(ZoneInfo(zone))
    assert started.replace(tzinfo=None).strftime("%M") in fields.split()[0].zfill(2)

    def said(steps: int) -> str:
        # GNU's date counts days on the calendar, and hours on the clock that never stops.
        if unit == "day":
            return f"{started.date() - dt.timedelta(days=steps)}"
        return f"{(run.run_after - dt.timedelta(hours=steps)).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H}"

    if file.run_date_param is not None:
        start = run.data_interval.start.astimezone(ZoneInfo(zone))
        assert said(amount) == (f"{start:%Y-%m-%dT%H}" if unit == "hour" else f"{start:%Y-%m-%d}")
    context = {
        "data_interval_start": run.data_interval.start,
        "data_interval_end": run.data_interval.end,
        "dag_run": run,
        "dag": type("Dag", (), {"timezone": tz}),
        "macros": dt,
    }
    rendered = {name: Environment().from_string(text).render(context) for name, text in params(file).items()}
    expected = {"at": said(amount), "file": f"x_{said(amount)}.csv", "before": said(amount + 1)}
    assert rendered == {name: expected[name] for name in expected if name != file.run_date_param}


@given(st.text(min_size=1))
def test_any_text_is_written_so_that_python_reads_it_again(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


@given(st.text(alphabet="\"'\\$()`{};&|<>#% -=aluigi\n", max_size=40))
def test_any_line_is_read_or_refused_and_never_breaks_the_reader(text: str) -> None:
    for line in lines_of(f"0 2 * * * luigi --module a.b T {text}"):
        try:
            file = to_dag(line, Options("UTC", TODAY, check=False), str)
        except UnreadableError:
            continue
        ast.parse(file.text())


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ("* * * * *", "minute"),
        ("5 * * * *", "hour"),
        ("5 4 * * *", "day"),
        ("5 4 * * 0", "week"),
        ("5 4 28 * *", "month"),
        ("5 4 29 * *", None),
        ("5 4 1 6 *", "year"),
        ("*/5 * * * *", None),
        ("5 4,16 * * *", None),
        ("5 4 1 * 1", None),
        ("@weekly", "week"),
    ],
)
def test_a_period_is_known_where_runs_are_one_unit_apart(fields: str, unit: str | None) -> None:
    assert period(fields) == unit


def test_dates_are_read_in_every_way_of_writing_them() -> None:
    texts = [
        "-d '2 days ago'",
        "-d '-2 days'",
        "--date '- 2 day'",
        "--date='2 days ago'",
        "-d'2 days ago'",
        "-v-2d",
    ]
    assert {read_date(f"date {text} +%F").distance for text in texts} == {(2, "day")}
