"""Ports are found, not assumed; a taken one is refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from local_airflow.errors import PortTakenError
from local_airflow.ports import LOOPBACK, free_ports, is_free, require_free


@pytest.fixture(params=[LOOPBACK, "0.0.0.0"])
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server((request.param, 0)) as server:
        yield int(server.getsockname()[1])


def test_found_ports_are_free_and_differ() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_a_port_that_somebody_listens_on_is_not_free(taken_port: int) -> None:
    assert not is_free(taken_port)


def test_a_taken_port_is_refused_with_the_way_out(taken_port: int) -> None:
    with pytest.raises(PortTakenError) as refused:
        require_free(taken_port)
    assert str(refused.value) == (
        f"port {taken_port} is taken; choose another with PORT=..., or leave it out"
    )


def test_a_port_with_only_closed_connections_is_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            accepted, _ = server.accept()
            accepted.close()  # the server closes first, and so keeps the port in TIME_WAIT
    assert is_free(port)
