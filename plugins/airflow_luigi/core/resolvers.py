"""Who is asked for a database's name first: a function of the adapter's, in the process that registered it.

Luigi runs tasks in forked children, where that function may not be called.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.engine import URL

from airflow_luigi.core.database_url import ConnectionParts, InvalidDatabaseError, with_driver
from airflow_luigi.core.secrets import announce, mask

# Seconds that a child waits for its parent.
ANSWER_TIMEOUT = 60

Resolver = Callable[[str], "ConnectionParts | URL | None"]


class UnknownDatabaseError(LookupError):
    """No place that was looked at knows a database of this name."""


class DatabaseUnavailableError(ConnectionError):
    """A database, or the place that knows its address, gives no answer, or refuses."""


@contextlib.contextmanager
def use_resolver(resolver: Resolver, place: str = "Airflow's connections") -> Iterator[None]:
    """Have names of databases looked up by a function first, for the length of the block.

    Its answers are remembered for as long. A forked child never calls it, since what the function talks to
    may not be shared between processes (Airflow's supervisor socket may not): the child asks this process,
    where a thread calls the function. One block at a time counts in a process: the innermost.

    :param resolver: gives the parts or the URL of a named database, or None when it doesn't know the name.
        It is called in this process only, one call at a time, though maybe from another thread.
    :param place: what it looks in, for error messages
    """
    global _session  # the one that counts in this process
    previous, session = _session, Session(resolver, place)
    _session = session
    try:
        yield
    finally:
        _session = previous
        session.close()


def current() -> Session | None:
    """Give what the innermost :func:`use_resolver` of this process set up."""
    return _session


class Session:
    """What one :func:`use_resolver` set up: the answers so far, and the way for children to ask.

    A child sends the name, and with it one end of a new socket for the answer, over a socket that it
    inherited. So no file and no port is opened that others could reach, each question stands alone (a child
    that dies in the middle is in nobody's way), and when this process is gone the child gets an error instead
    of waiting.
    """

    def __init__(self, resolver: Resolver, place: str) -> None:
        self.place = place
        self._resolver = resolver
        self._pid = os.getpid()
        self._known: dict[str, URL | None] = {}
        # Never taken in a child: at the fork another thread may have held it.
        self._lock = threading.Lock()
        self._questions, self._asking = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._asking.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_TIMEOUT, 0))
        self._thread = threading.Thread(target=self._serve, name="database names", daemon=True)
        self._thread.start()
        _sessions.append(self)

    def knows(self, name: str) -> bool:
        """Tell whether :meth:`look_up` has its answer already."""
        return name in self._known

    def look_up(self, name: str) -> URL | None:
        if name in self._known:
            return self._known[name]
        if os.getpid() != self._pid:
            self._known[name] = self._ask_parent(name)
            return self._known[name]
        with self._lock:
            if name not in self._known:
                self._known[name] = self._call_resolver(name)
            return self._known[name]

    def close(self) -> None:
        _sessions.remove(self)
        if os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                self._asking.send(b"")
            self._thread.join(timeout=1)
        self._questions.close()
        self._asking.close()

    def forked(self) -> None:
        """Let go, in a child, of the end that only the parent reads: else nobody notices when it is gone."""
        self._questions.close()

    def _call_resolver(self, name: str) -> URL | None:
        try:
            found = self._resolver(name)
        except (InvalidDatabaseError, UnknownDatabaseError, DatabaseUnavailableError):
            raise
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise DatabaseUnavailableError(
                f'{self.place} could not be asked for the database "{name}": {mask(reason)}'
            ) from error
        if found is None:
            return None
        where = f'"{name}" in {self.place}'
        return with_driver(found.url() if isinstance(found, ConnectionParts) else found, where)

    def _serve(self) -> None:
        while True:
            try:
                question, descriptors, _, _ = socket.recv_fds(self._questions, 65536, 1)
            except OSError:
                return
            if not descriptors:
                return
            os.set_inheritable(descriptors[0], False)
            with socket.socket(fileno=descriptors[0]) as answer, contextlib.suppress(OSError):
                answer.settimeout(1)
                answer.sendall(json.dumps(self._answer(question.decode())).encode() + b"\n")

    def _answer(self, name: str) -> dict[str, Any]:
        try:
            url = self.look_up(name)
        except Exception as error:  # the thread must outlive it: others ask after this one
            kind = type(error).__name__ if type(error).__name__ in ERRORS else "DatabaseUnavailableError"
            return {"error": kind, "message": mask(str(error))}
        return {"url": None if url is None else [*url[:-1], dict(url.query)]}

    def _ask_parent(self, name: str) -> URL | None:
        ours, theirs = socket.socketpair()
        try:
            with ours:
                with theirs:
                    socket.send_fds(self._asking, [name.encode()], [theirs.fileno()])
                ours.settimeout(ANSWER_TIMEOUT)
                with ours.makefile("rb") as lines:
                    line = lines.readline()
            # Not until the end of the stream: a process forked meanwhile may hold the other end as well.
            if not line.endswith(b"\n"):
                raise EOFError("it has ended")
        except (OSError, EOFError) as error:
            raise DatabaseUnavailableError(
                f'The database "{name}" could not be looked up: no answer from the process that started this '
                f"one ({error})"
            ) from None
        answer = json.loads(line)
        if "error" in answer:
            raise ERRORS[answer["error"]](answer["message"])
        if answer["url"] is None:
            return None
        url = URL.create(*answer["url"])
        announce(str(url.password or ""))
        return url


ERRORS: dict[str, type[Exception]] = {
    error.__name__: error for error in (InvalidDatabaseError, UnknownDatabaseError, DatabaseUnavailableError)
}

_session: Session | None = None
_sessions: list[Session] = []


def _after_fork_in_child() -> None:
    for session in _sessions:
        session.forked()


os.register_at_fork(after_in_child=_after_fork_in_child)
