"""TCP ports on the loopback interface."""

from __future__ import annotations

import socket

from local_airflow.errors import PortTakenError

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a loopback port right now."""
    with socket.socket() as caller:
        caller.settimeout(0.5)
        # macOS lets one bind beside a server that listens on all addresses, so binding alone doesn't tell.
        if caller.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as server:
        # As the servers do: what is left of closed connections doesn't make a port taken.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Find loopback ports that nobody listens on.

    :param count: how many different ones
    """
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def require_free(port: int) -> None:
    """Raise :class:`PortTakenError` unless a server could listen on the port."""
    if not is_free(port):
        raise PortTakenError(f"port {port} is taken; choose another with PORT=..., or leave it out")
