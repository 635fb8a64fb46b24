"""Waiting for what comes from outside: on the worker once, then in the triggerer, which no wait holds up."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from airflow_luigi.core.processes import live_processes
from local_airflow.airflow import LocalAirflow
from local_airflow.errors import ApiError
from local_airflow.processes import belonging_to
from tests.e2e.cases import (
    NOT_RETRIED,
    RETRIED,
    Run,
    error_in,
    finished,
    running,
    start,
    state_folder,
    verdict,
)
from tests.e2e.wait_dags.waiting import MANY, SECRET

HERE = Path(__file__).resolve().parent
# Far fewer than the sensors that wait at once.
SLOTS = 6


@pytest.fixture(scope="module")
def waiting(luigi_python: str) -> Iterator[LocalAirflow]:
    with state_folder() as state:
        env = {
            # By default the triggers of a triggerer that is gone are taken over after half a minute.
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
            "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        }
        local = LocalAirflow(state, dags=[HERE / "wait_dags"], parallelism=SLOTS, env=env)
        with running(local):
            local.api.call("POST", "variables", body={"key": "other_python", "value": luigi_python})
            yield local


def put(airflow: LocalAirflow, name: str, text: str = "") -> None:
    """Make a file that tasks look at, all at once."""
    airflow.output.mkdir(parents=True, exist_ok=True)
    part = airflow.output / f"{name}.part"
    part.write_text(text)
    part.rename(airflow.output / name)


def wait_until_deferred(airflow: LocalAirflow, dag_id: str, run_id: str, task_id: str = "wait") -> None:
    airflow.api.wait_for(
        f"{dag_id} to wait",
        lambda: airflow.api.task_instance(dag_id, run_id, task_id)["state"],
        lambda state: state == "deferred",
        deadline=90,
        every=0.2,
    )


def begin(airflow: LocalAirflow, name: str, task_id: str = "wait") -> Callable[[], Run]:
    """Start a DAG, and see it wait; what is given waits for its end."""
    dag_id = f"wait_{name}"
    run_id = start(airflow, dag_id)
    wait_until_deferred(airflow, dag_id, run_id, task_id)
    return lambda: finished(airflow, dag_id, run_id)


def run(airflow: LocalAirflow, name: str) -> Run:
    return finished(airflow, f"wait_{name}", start(airflow, f"wait_{name}"))


def in_log(airflow: LocalAirflow, name: str, text: str, task_id: str = "wait", deadline: float = 60) -> None:
    """Wait for a line in a log of a DAG's only run."""
    (dag_run,) = airflow.api.dag_runs(f"wait_{name}")

    def look() -> str:
        where = (f"wait_{name}", dag_run["dag_run_id"], task_id)
        try:
            return airflow.api.logs(*where, airflow.api.task_instance(*where)["try_number"])
        except ApiError as error:
            # While a sensor is rescheduled Airflow does not know its try.
            if error.status != 404:
                raise
            return ""

    airflow.api.wait_for(
        f"{text!r} in the log",
        look,
        lambda log: text in log,
        deadline=deadline,
    )


def asked(airflow: LocalAirflow, name: str) -> list[tuple[int, int]]:
    """Give which process asked a moody task, and the task's number, in order."""
    file = airflow.output / f"asked_{name}"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(pid), int(number)) for pid, number in (line.split() for line in lines)]


def wait_until_asked(airflow: LocalAirflow, name: str, times: int) -> None:
    airflow.api.wait_for(
        f"{times} questions", lambda: len(asked(airflow, name)), lambda count: count >= times, deadline=90
    )


def checkers(airflow: LocalAirflow) -> list[psutil.Process]:
    """Give the processes that ask tasks, without the guard of each."""
    found = []
    for process in belonging_to(airflow.state.path):
        try:
            command, parent = process.cmdline(), process.parent()
            if command[-1:] == ["check"] and parent is not None and parent.cmdline() == command:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until_no_checker(airflow: LocalAirflow) -> None:
    airflow.api.wait_for("the checker's end", lambda: checkers(airflow), lambda found: not found, deadline=30)


def stored_triggers(airflow: LocalAirflow) -> str:
    """Give the arguments of all triggers; Airflow encrypts some."""
    key = Fernet(airflow.environment["AIRFLOW__CORE__FERNET_KEY"].encode())
    engine = sa.create_engine(airflow.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    try:
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT kwargs FROM trigger")).scalars().all()
    finally:
        engine.dispose()
    return "\n".join(row if row.startswith("{") else key.decrypt(row.encode()).decode() for row in rows)


def test_what_is_there_already_is_not_waited_for(waiting: LocalAirflow) -> None:
    put(waiting, "parcel_there")
    ended = run(waiting, "there")
    assert verdict_of(ended) == ("success", 1)
    assert "DEFERRED" not in ended.log("wait")


def verdict_of(ended: Run) -> tuple[str, int]:
    task = ended.task("wait")
    return task["state"], task["try_number"]


def test_what_comes_late_is_waited_for_and_the_log_says_what(waiting: LocalAirflow) -> None:
    end = begin(waiting, "late")
    put(waiting, "parcel_late")
    ended = end()
    assert verdict_of(ended) == ("success", 1)
    assert re.search(r"Waiting for 1 task\n? *Parcel\(name=late\): \S+/parcel_late", ended.log("wait"))
    wait_until_no_checker(waiting)


def test_a_subclass_waits_for_several_tasks(waiting: LocalAirflow) -> None:
    end = begin(waiting, "both")
    put(waiting, "parcel_both_1")
    in_log(waiting, "both", "1 of 2 tasks are complete")
    put(waiting, "parcel_both_2")
    assert verdict_of(end())[0] == "success"


def test_a_timeout_fails_the_sensor_and_is_not_retried(waiting: LocalAirflow) -> None:
    ended = run(waiting, "times_out")
    assert verdict_of(ended) == ("failed", NOT_RETRIED)
    assert re.search(
        r"AirflowSensorTimeout: not complete in time:\n? *Parcel\(name=times_out\)",
        error_in(ended.log("wait")),
    )


def test_soft_fail_skips_what_does_not_come(waiting: LocalAirflow) -> None:
    assert verdict_of(run(waiting, "soft"))[0] == "skipped"


def test_another_interpreter_is_asked_on_the_worker_and_in_the_triggerer(
    waiting: LocalAirflow, luigi_python: str
) -> None:
    end = begin(waiting, "other_python")
    waiting.api.wait_for("a checker", lambda: checkers(waiting), deadline=30)
    assert {process.cmdline()[0] for process in checkers(waiting)} == {luigi_python}
    put(waiting, "parcel_other_python")
    ended = end()
    assert verdict_of(ended) == ("success", 1)
    assert "Parcel(name=other_python): " in ended.log("wait")


def test_without_deferral_it_is_a_sensor_on_the_worker(waiting: LocalAirflow) -> None:
    run_id = start(waiting, "wait_on_worker")
    waiting.api.wait_for(
        "a reschedule",
        lambda: waiting.api.task_instance("wait_on_worker", run_id, "wait")["state"],
        lambda state: state == "up_for_reschedule",
        deadline=60,
        every=0.1,
    )
    put(waiting, "parcel_on_worker")
    assert verdict_of(finished(waiting, "wait_on_worker", run_id))[0] == "success"


@pytest.mark.parametrize("name", ["build", "build_there"])
def test_an_operator_builds_what_it_can_waits_and_builds_the_rest(
    waiting: LocalAirflow, luigi_python: str, name: str
) -> None:
    end = begin(waiting, name, "build")
    assert (waiting.output / f"knife_{name}").exists()
    (dag_run,) = waiting.api.dag_runs(f"wait_{name}")
    report = waiting.api.xcom(f"wait_{name}", dag_run["dag_run_id"], "build")
    assert report["status"] == "MISSING_EXT"
    put(waiting, f"parcel_{name}_1")
    in_log(waiting, name, "1 of 2 tasks are complete", "build")
    put(waiting, f"parcel_{name}_2")
    ended = end()
    assert verdict(ended) == ("success", 1)
    assert ended.ran() == ["Unpack"]
    by = (waiting.output / f"unpacked_{name}").read_text()
    assert (by == luigi_python) == (name == "build_there")
    assert "Waiting for external data: 2 tasks" in ended.log()


def test_an_operator_does_not_wait_for_ever(waiting: LocalAirflow) -> None:
    ended = run(waiting, "build_times_out")
    assert verdict(ended) == ("failed", NOT_RETRIED)
    assert "Parcel(name=build_times_out_1)" in error_in(ended.log())
    assert ended.report()["counts"]["missing_external"] == 2


def test_errors_for_a_while_are_told_and_forgiven(waiting: LocalAirflow) -> None:
    end = begin(waiting, "moody")
    put(waiting, "mood_moody", "raise")
    in_log(waiting, "moody", "ConnectionError: moody is not in the mood")
    put(waiting, "mood_moody", "crash")
    in_log(waiting, "moody", "the process that asks it ended with exit code 9")
    put(waiting, "mood_moody", "warn")
    in_log(waiting, "moody", "moody warns")
    put(waiting, "mood_moody", "yes")
    assert verdict_of(end()) == ("success", 1)


def test_errors_without_end_fail_the_try_with_that_error(waiting: LocalAirflow) -> None:
    end = begin(waiting, "raises")
    put(waiting, "mood_raises", "raise")
    ended = end()
    # On the worker the second try's first question fails.
    assert verdict_of(ended) == ("failed", RETRIED)
    error = error_in(ended.log("wait"))
    assert "ConnectionError: raises is not in the mood" in error
    assert "tests/wait_tasks.py" in error
    assert "ConnectionError" in error_in(ended.log("wait", 2))


def test_an_error_on_the_worker_fails_at_once(waiting: LocalAirflow) -> None:
    put(waiting, "mood_raises_at_once", "raise")
    ended = run(waiting, "raises_at_once")
    assert verdict_of(ended) == ("failed", RETRIED)
    assert "DEFERRED" not in ended.log("wait")


def test_a_task_that_hangs_is_told_and_others_are_asked_meanwhile_again(waiting: LocalAirflow) -> None:
    end = begin(waiting, "hangs")
    put(waiting, "mood_hangs", "hang")
    before = len(asked(waiting, "hangs"))
    wait_until_asked(waiting, "hangs", before + 1)
    pid = asked(waiting, "hangs")[before][0]
    in_log(waiting, "hangs", "no answer within 12 s; the process that asked it was ended")
    assert pid not in live_processes()
    put(waiting, "mood_hangs", "yes")
    assert verdict_of(end()) == ("success", 1)


def test_other_triggers_are_not_held_up_by_a_task_that_hangs(waiting: LocalAirflow) -> None:
    end = begin(waiting, "hangs_long")
    put(waiting, "mood_hangs_long", "hang")
    before = len(asked(waiting, "hangs_long"))
    wait_until_asked(waiting, "hangs_long", before + 1)
    asking = asked(waiting, "hangs_long")[-1][0]
    began = time.monotonic()
    assert run(waiting, "plain").state == "success"
    # It hung all the time.
    assert asking in live_processes()
    assert asked(waiting, "hangs_long")[-1][0] == asking
    assert time.monotonic() - began < 35
    put(waiting, "mood_hangs_long", "yes")
    assert verdict_of(end())[0] == "success"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("unknown", "the module has no class 'Parsel'. Did you mean 'Parcel'?"),
        ("here", "Here can't be waited for: another process can't import it"),
    ],
)
def test_what_can_not_be_waited_for_fails_at_once(waiting: LocalAirflow, name: str, says: str) -> None:
    ended = run(waiting, name)
    assert verdict_of(ended) == ("failed", NOT_RETRIED)
    assert says in error_in(ended.log("wait"))


def test_a_pipeline_beside_the_dag_files_is_found(waiting: LocalAirflow) -> None:
    end = begin(waiting, "beside")
    put(waiting, "parcel_beside")
    assert verdict_of(end()) == ("success", 1)


def test_a_pipeline_that_the_triggerer_has_not_is_told_with_what_to_do(waiting: LocalAirflow) -> None:
    ended = run(waiting, "hidden")
    assert verdict_of(ended) == ("failed", NOT_RETRIED)
    error = error_in(ended.log("wait"))
    assert "The triggerer could not ask it" in error
    assert "there is no module 'hidden_pipeline'" in error
    assert "set deferrable=False" in error


def rows_at(url: sa.URL, statement: str) -> None:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS waited_rows (name varchar(40))"))
            if url.get_backend_name() == "postgresql":
                connection.execute(sa.text("GRANT SELECT ON waited_rows TO PUBLIC"))
            connection.execute(sa.text(statement))
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_named_database_is_asked_in_the_triggerer_and_its_password_stays_out(
    waiting: LocalAirflow, kind: str, request: pytest.FixtureRequest
) -> None:
    name, url = "row", waiting.words_url
    if kind == "mariadb":
        server: sa.URL = request.getfixturevalue("mariadb_server")
        name, url = "row_mariadb", sa.make_url(request.getfixturevalue("mariadb_url"))
        waiting.api.put_connection(
            "waiting_mariadb",
            conn_type="mysql",
            host=server.host,
            port=server.port,
            login=server.username,
            password=server.password,
            schema=url.database,
        )
    rows_at(url, "SELECT 1")
    end = begin(waiting, name)
    stored = stored_triggers(waiting)
    assert "Row(database=" in stored
    rows_at(url, f"INSERT INTO waited_rows VALUES ('{kind}')")
    ended = end()
    assert verdict_of(ended) == ("success", 1), ended.log("wait")
    if password := waiting.state.make().words_password if kind == "postgresql" else server.password:
        texts = [stored, ended.log("wait")]
        texts += [
            path.read_text() for path in waiting.state.logs.glob("*.log") if path.name != "postgres.log"
        ]
        assert not [text for text in texts if password in text]


@pytest.mark.parametrize(
    ("name", "parameter", "shown"),
    [("secret", "phrase", "Secretive(name=secret)"), ("templated_secret", "name", "Parcel(name=***)")],
)
def test_a_secret_is_not_stored_and_is_waited_for_on_the_worker(
    waiting: LocalAirflow, name: str, parameter: str, shown: str
) -> None:
    run_id = start(waiting, f"wait_{name}")
    in_log(waiting, name, f"the parameter '{parameter}' of {shown} holds a secret")
    waiting.api.wait_for(
        "a reschedule",
        lambda: waiting.api.task_instance(f"wait_{name}", run_id, "wait")["state"],
        lambda state: state == "up_for_reschedule",
        deadline=60,
        every=0.1,
    )
    secret = SECRET if name == "secret" else waiting.state.make().words_password
    assert secret not in stored_triggers(waiting)
    put(waiting, f"parcel_{secret if name == 'templated_secret' else name}")
    ended = finished(waiting, f"wait_{name}", run_id)
    assert ended.state == "success"
    # Each time that a sensor is rescheduled Airflow counts a try.
    logs = [path.read_text() for path in (waiting.state.logs / f"dag_id=wait_{name}").rglob("*.log")]
    assert logs
    assert not [log for log in logs if secret in log]


def test_a_triggerer_that_is_killed_and_comes_back_goes_on_where_it_was(waiting: LocalAirflow) -> None:
    end, times_out = begin(waiting, "restarted"), begin(waiting, "restarted_times_out")
    began = time.monotonic()
    waiting.api.wait_for("a checker", lambda: checkers(waiting), deadline=30)
    waiting.kill("triggerer")
    wait_until_no_checker(waiting)
    waiting.bring_back("triggerer")
    put(waiting, "parcel_restarted")
    assert verdict_of(end()) == ("success", 1)
    late = times_out()
    assert verdict_of(late) == ("failed", NOT_RETRIED)
    # Counted from the sensor's start, not from the triggerer's.
    assert time.monotonic() - began < 75 + 20
    assert "not complete in time" in error_in(late.log("wait"))


def test_two_hundred_sensors_hold_no_slot_and_one_process_asks_for_all(waiting: LocalAirflow) -> None:
    run_id = start(waiting, "wait_many")
    at_once: list[int] = []

    def states() -> dict[str, int]:
        at_once.append(len(checkers(waiting)))
        instances = waiting.api.task_instances("wait_many", run_id)
        found = [str(instance["state"]) for instance in instances]
        return {state: found.count(state) for state in set(found)}

    def wait_for_states(expected: dict[str, int]) -> None:
        what = f"the sensors to be {expected}"
        waiting.api.wait_for(what, states, lambda found: found == expected, deadline=900, every=2)

    wait_for_states({"deferred": MANY})
    count = len(asked(waiting, "many"))
    waiting.api.wait_for(
        "each to be asked again, once more",
        lambda: Counter(number for _, number in asked(waiting, "many")[count:]),
        lambda times: min(times[number] for number in range(MANY)) >= 2,
        deadline=180,
    )
    # More than one only where a process grew old meanwhile; the workers' own questions are before.
    assert len({pid for pid, _ in asked(waiting, "many")[count:]}) <= 2
    assert states() == {"deferred": MANY}
    # Meanwhile there are slots for others.
    put(waiting, "parcel_there")
    assert run(waiting, "there").state == "success"
    put(waiting, "mood_many", "yes")
    wait_for_states({"success": MANY})
    assert max(at_once) == 1
    wait_until_no_checker(waiting)
