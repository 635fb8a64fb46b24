"""Where on this machine a container's paths and addresses are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from local_airflow.airflow import REPO
from local_airflow.ports import LOOPBACK, free_ports
from tests.stack.compose_file import Service

# What their images listen on; the file publishes these two nowhere.
USUAL_PORTS = {"postgres": 5432, "redis": 6379}


class Places:
    """A file tree that all services share, and a free port for each that listens.

    :param root: stands for ``/``; the same path is the same volume in all services of the file
    :param services: all of them
    """

    def __init__(self, root: Path, services: Mapping[str, Service]) -> None:
        self._root = root
        self._services = services
        listening = {name: found.ports[0] for name, found in services.items() if found.ports} | USUAL_PORTS
        ports = free_ports(len(listening))
        self._ports = {
            name: (usual, free) for (name, usual), free in zip(listening.items(), ports, strict=True)
        }
        mounted = {target.split("/")[1] for each in services.values() for target in each.volumes.values()}
        self._paths = re.compile(rf"(?<![\w./:])/(?=(?:{'|'.join(map(re.escape, mounted))})\b)")

    def path(self, path: str) -> Path:
        """Give where a container's path is."""
        return self._root / path.lstrip("/")

    def port(self, service: str) -> int:
        """Give the port that a service really listens on."""
        return self._ports[service][1]

    def mount(self) -> None:
        """Make the volumes, and links to the folders of the repository that are mounted."""
        for service in self._services.values():
            for source, target in service.volumes.items():
                place = self.path(target)
                place.parent.mkdir(parents=True, exist_ok=True)
                if source.startswith((".", "/")):
                    place.unlink(missing_ok=True)
                    place.symlink_to((REPO / source).resolve())
                else:
                    place.mkdir(exist_ok=True)
            self.path(service.working_dir).mkdir(parents=True, exist_ok=True)

    def here(self, service: Service, words: Iterable[str]) -> list[str]:
        """Put this machine's addresses and paths where a container's are.

        :param service: whose words they are: its own address is the loopback interface's
        :param words: of a command, or values of the environment
        """
        found = []
        for word in words:
            for name, (usual, free) in self._ports.items():
                word = word.replace(f"{name}:{usual}", f"{LOOPBACK}:{free}")
                if name == service.name:
                    word = word.replace(f"{LOOPBACK}:{usual}", f"{LOOPBACK}:{free}")
                    word = {str(usual): str(free), "0.0.0.0": LOOPBACK}.get(word, word)
            found.append(self._paths.sub(f"{self._root}/", word))
        return found
