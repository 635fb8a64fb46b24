"""Make the stack's secrets when it starts for the first time, and write what the services read.

Each secret is a file in a volume that only those who need it mount. One that is set in .env wins; otherwise
what is there stays, and what is missing is generated. Runs before all other services, at every start.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote


def password() -> str:
    return secrets.token_urlsafe(18)


def key() -> str:
    """Give 32 bytes, as Fernet wants them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


# Whose folder below SECRETS has it, its name (in .env: in capitals), and how it is made.
SECRETS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("postgres", "postgres_password", password),
    ("postgres", "airflow_db_password", password),
    ("postgres", "words_db_password", password),
    ("redis", "redis_password", password),
    ("airflow", "admin_password", password),
    ("airflow", "flower_password", password),
    ("airflow", "fernet_key", key),
    ("airflow", "jwt_secret", key),
    ("airflow", "api_secret_key", key),
)
# What is put together from secrets: the file, and the variable that has its text with {names} of secrets.
TEMPLATES = (
    ("airflow", "sql_alchemy_conn", "SQL_ALCHEMY_CONN"),
    ("airflow", "broker_url", "BROKER_URL"),
    ("airflow", "connections.env", "CONNECTIONS"),
    ("airflow", "flower_basic_auth", "FLOWER_BASIC_AUTH"),
    ("redis", "redis.conf", "REDIS_CONF"),
)
# The folders of PostgreSQL and Redis are read by users of other images, and mounted nowhere else.
MODES = {"airflow": 0o600, "postgres": 0o644, "redis": 0o644}
FOLDER_MODES = {"airflow": 0o700, "postgres": 0o755, "redis": 0o755}


def main() -> None:
    folder = Path(os.environ["SECRETS"])
    values = {}
    for owner, name, make in SECRETS:
        path = folder / owner / name
        kept = path.read_text() if path.exists() else ""
        values[name] = os.environ.get(name.upper(), "") or kept or make()
        write(path, values[name], owner)
    quoted = {name: quote(value, safe="") for name, value in values.items()}
    for owner, name, variable in TEMPLATES:
        # Only addresses need their passwords quoted.
        template = os.environ[variable]
        write(folder / owner / name, template.format_map(quoted if "://" in template else values), owner)
    for owner, mode in FOLDER_MODES.items():
        (folder / owner).chmod(mode)
    print(f"{len(SECRETS)} secrets are in the volumes secrets-{', secrets-'.join(MODES)}")


def write(path: Path, text: str, owner: str) -> None:
    """Write a file, whole or not at all, that nobody may read before it has its rights."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    # No line break at the end: what reads the file takes all of it.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.chmod(MODES[owner])
    beside.replace(path)


if __name__ == "__main__":
    main()
