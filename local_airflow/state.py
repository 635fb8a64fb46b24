"""The state folder: who may use it, what is where, and the secrets that it keeps."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local_airflow.errors import LocalAirflowError, StateInUseError


def _password() -> str:
    return secrets.token_urlsafe(12)


def _key(size: int = 32) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode()


def _long_key() -> str:
    return _key(64)


@dataclass(frozen=True)
class Secrets:
    """What is generated once for a state folder, and kept in it."""

    admin_password: str = field(default_factory=_password)
    words_password: str = field(default_factory=_password)
    fernet_key: str = field(default_factory=_key)
    jwt_secret: str = field(default_factory=_long_key)
    api_secret_key: str = field(default_factory=_long_key)


class StateFolder:
    """A folder that one Airflow at a time keeps everything in.

    :param path: made if it is not there; a folder with other people's files is refused
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.airflow_home = self.path / "airflow"
        self.postgres = self.path / "postgres"
        self.logs = self.path / "logs"
        self.output = self.path / "output"
        self.luigi_config = self.path / "luigi.cfg"
        self.admin_passwords = self.path / "admin_passwords.json"
        self._lock_file = self.path / ".local_airflow.lock"
        self._lock: int | None = None

    def lock(self) -> None:
        """Take the folder for this process, until :meth:`unlock` or its end."""
        self._refuse_foreign_folder()
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 32).decode().strip()
            os.close(lock)
            raise StateInUseError(
                f"an Airflow is running in {self.path} already (process {holder}); "
                "stop that one, or choose another folder with STATE=... or --state"
            ) from None
        except BaseException:
            os.close(lock)
            raise
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock

    def unlock(self) -> None:
        """Give the folder back. Nothing happens if this process doesn't hold it."""
        if self._lock is not None:
            lock, self._lock = self._lock, None
            os.close(lock)

    @property
    def locked(self) -> bool:
        """Whether this process holds the folder."""
        return self._lock is not None

    def empty(self) -> None:
        """Delete all that is in the folder, which must be locked."""
        assert self.locked, "only the owner may empty a state folder"
        for entry in self.path.iterdir():
            if entry == self._lock_file:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def make(self) -> Secrets:
        """Make the folders and the secrets, as far as they are missing."""
        for folder in (self.airflow_home, self.logs, self.output):
            folder.mkdir(exist_ok=True)
        kept = self.path / "secrets.json"
        if kept.exists():
            found = Secrets(**json.loads(kept.read_text()))
        else:
            found = Secrets()
            _write_private(kept, json.dumps(asdict(found)))
        _write_private(self.admin_passwords, json.dumps({"admin": found.admin_password}))
        return found

    def _refuse_foreign_folder(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise LocalAirflowError(f"{self.path} is a file; choose another folder with STATE=... or --state")
        if self.path.exists() and any(self.path.iterdir()) and not self._lock_file.exists():
            raise LocalAirflowError(
                f"{self.path} holds files that are not from here; "
                "choose an empty folder with STATE=... or --state"
            )


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
