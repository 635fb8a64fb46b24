"""Ending all that belongs to a state folder, whoever started it."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

from local_airflow.processes import belonging_to, kill_all

# Where PostgreSQL's pid file says where the unix socket is.
SOCKET_LINE = 4
SOCKET_FOLDER = "local_airflow_"


def end_everything(state: Path, postgres: Path) -> None:
    """End every process of a state folder; PostgreSQL last, and in good order.

    :param state: the state folder
    :param postgres: PostgreSQL's data folder
    """
    kill_all_but_server(state, postgres)
    end_server(postgres)
    # A server whose data folder was deleted under it can't be found by its pid file.
    kill_all(lambda: belonging_to(state))


def kill_all_but_server(state: Path, postgres: Path, *, spare: Iterable[int] = ()) -> None:
    """End every process of a state folder by SIGKILL, but for its PostgreSQL.

    :param state: the state folder
    :param postgres: PostgreSQL's data folder
    :param spare: the ids of other processes that live on
    """
    server = _server(postgres)
    spared = {*spare, *(() if server is None else (server.pid, *(each.pid for each in _children(server))))}
    kill_all(lambda: [process for process in belonging_to(state) if process.pid not in spared])


def end_server(folder: Path) -> None:
    """End the PostgreSQL server that works on a data folder, if there is one."""
    server = _server(folder)
    lines = _pid_file(folder)
    if server is not None:
        processes = [server, *_children(server)]
        server.send_signal(signal.SIGINT)
        psutil.wait_procs([server], timeout=5)
        kill_all(lambda: [process for process in processes if _is_alive(process)])
    (folder / "postmaster.pid").unlink(missing_ok=True)
    if len(lines) > SOCKET_LINE and Path(lines[SOCKET_LINE]).name.startswith(SOCKET_FOLDER):
        shutil.rmtree(lines[SOCKET_LINE], ignore_errors=True)


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _server(folder: Path) -> psutil.Process | None:
    try:
        server = psutil.Process(int(_pid_file(folder)[0]))
        # The number may be another process's by now.
        return server if str(folder) in server.cmdline() else None
    except (IndexError, ValueError, psutil.Error):
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
