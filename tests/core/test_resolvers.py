"""Names of databases that are looked up by the process which registered a resolver."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from pathlib import Path

import luigi
import pytest
from sqlalchemy.engine import URL, make_url

from airflow_luigi.core import resolvers
from airflow_luigi.core.connections import resolve
from airflow_luigi.core.database_url import ConnectionParts, InvalidDatabaseError
from airflow_luigi.core.resolvers import DatabaseUnavailableError, UnknownDatabaseError, use_resolver
from tests.processes import child, fork, in_a_child

SECRET = "s3cret-pa55"


class TestResolversAndProcesses:
    def test_the_resolver_is_asked_once_for_each_name(self) -> None:
        asked = []

        def resolver(name: str) -> ConnectionParts:
            asked.append(name)
            return ConnectionParts("sqlite", host=f"/{name}.db")

        with use_resolver(resolver):
            assert [resolve(name).database for name in ("a", "b", "a")] == ["/a.db", "/b.db", "/a.db"]
        assert asked == ["a", "b"]

    def test_what_a_resolver_said_is_forgotten_with_it(self) -> None:
        with use_resolver(lambda _: make_url("sqlite:////a.db")):
            resolve("words_db")
        with pytest.raises(UnknownDatabaseError):
            resolve("words_db")

    def test_resolvers_nest(self) -> None:
        with use_resolver(lambda _: make_url("sqlite:////outer.db")):
            with use_resolver(lambda _: make_url("sqlite:////inner.db")):
                assert resolve("words_db").database == "/inner.db"
            assert resolve("words_db").database == "/outer.db"

    def test_a_failing_resolver_is_an_error_without_the_password(self) -> None:
        def resolver(_: str) -> URL:
            raise RuntimeError(f"no answer from http://u:{SECRET}@vault/")

        with use_resolver(resolver, "the vault"), pytest.raises(DatabaseUnavailableError) as caught:
            resolve("words_db")
        assert "the vault could not be asked" in str(caught.value)
        assert SECRET not in str(caught.value)

    def test_a_childs_question_is_answered_in_the_parent(self) -> None:
        def resolver(name: str) -> ConnectionParts | None:
            return ConnectionParts("mysql", login=str(os.getpid()), password="ü@/:%", host=name, port=3307)

        with use_resolver(resolver):
            url = in_a_child(resolve, "words_db")
        assert url == URL.create("mysql+pymysql", str(os.getpid()), "ü@/:%", "words_db", 3307)

    def test_a_grandchilds_question_too(self) -> None:
        with use_resolver(lambda _: make_url(f"sqlite:////{os.getpid()}")):
            assert in_a_child(in_a_child, resolve, "words_db").database == f"/{os.getpid()}"

    def test_a_child_looks_further_for_what_the_parents_resolver_does_not_know(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", "sqlite:////from/environment")
        with use_resolver(lambda _: None):
            assert in_a_child(resolve, "words_db").database == "/from/environment"

    @pytest.mark.parametrize(
        "raised", [InvalidDatabaseError("bad"), DatabaseUnavailableError("no answer"), RuntimeError("broken")]
    )
    def test_a_child_gets_the_parents_error(self, raised: Exception) -> None:
        def resolver(_: str) -> URL:
            raise raised

        kind = type(raised) if not isinstance(raised, RuntimeError) else DatabaseUnavailableError
        with use_resolver(resolver), pytest.raises(kind, match=str(raised)):
            in_a_child(resolve, "words_db")

    def test_many_children_ask_at_once_and_one_that_is_killed_holds_up_nobody(self) -> None:
        in_resolver, go_on = threading.Event(), threading.Event()

        def resolver(name: str) -> ConnectionParts:
            if name == "victim":
                in_resolver.set()
                go_on.wait(30)
            return ConnectionParts("sqlite", host=f"/{os.getpid()}/{name}")

        with use_resolver(resolver):
            victim = fork.Process(target=resolve, args=("victim",))
            victim.start()
            assert in_resolver.wait(30)
            with contextlib.ExitStack() as stack:
                others = [stack.enter_context(child(resolve, f"name{n}")) for n in range(8)]
                os.kill(victim.pid or 0, signal.SIGKILL)
                victim.join()
                go_on.set()
                answers = [outcome() for outcome in others]
        assert [answer.database for answer in answers] == [f"/{os.getpid()}/name{n}" for n in range(8)]
        assert victim.exitcode == -signal.SIGKILL

    def test_a_stopped_child_holds_up_nobody(self) -> None:
        with use_resolver(lambda name: make_url(f"sqlite:////{name}")):
            session = resolvers._session
            assert session is not None
            # What a child leaves that stops between its question and the answer: an end that nobody reads.
            ours, theirs = socket.socketpair()
            with ours, theirs:
                theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
                socket.send_fds(session._asking, [b"stopped"], [theirs.fileno()])
                assert in_a_child(resolve, "words_db").database == "/words_db"

    def test_a_child_whose_parent_is_gone_gets_an_error(self) -> None:
        asking, answers = fork.Pipe()
        may_ask = fork.Event()

        def orphan() -> None:
            may_ask.wait(30)
            try:
                resolve("words_db")
            except DatabaseUnavailableError as error:
                answers.send(str(error))

        def parent() -> None:
            with use_resolver(lambda _: make_url("sqlite://")):
                fork.Process(target=orphan).start()
                os.kill(os.getpid(), signal.SIGKILL)

        process = fork.Process(target=parent)
        process.start()
        process.join()
        may_ask.set()
        assert asking.poll(30)
        assert 'The database "words_db" could not be looked up' in asking.recv()

    def test_no_thread_and_no_socket_is_left(self) -> None:
        def open_files() -> int:
            return len(list(Path("/dev/fd").iterdir()))

        threads, files = threading.active_count(), open_files()
        with use_resolver(lambda _: None):
            assert threading.active_count() == threads + 1
        assert (threading.active_count(), open_files()) == (threads, files)


def test_luigi_children_resolve_names_through_their_parent(tmp_path: Path) -> None:
    pid = os.getpid()

    class Resolves(luigi.Task):
        name = luigi.Parameter()

        def output(self) -> luigi.LocalTarget:
            return luigi.LocalTarget(tmp_path / self.name)

        def run(self) -> None:
            with self.output().open("w") as file:
                file.write(f"{resolve(self.name).database} {os.getpid() != pid}")

    with use_resolver(lambda name: make_url(f"sqlite:////{os.getpid()}/{name}")):
        assert luigi.build([Resolves(name=f"n{n}") for n in range(4)], local_scheduler=True, workers=2)
    assert [(tmp_path / f"n{n}").read_text() for n in range(4)] == [f"/{pid}/n{n} True" for n in range(4)]
