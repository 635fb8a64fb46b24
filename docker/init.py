"""What has to be done before Airflow starts for the first time, and after each upgrade.

At any other start it changes nothing.

These are Airflow's own commands, in one process: each would take seconds to start, and none may show the
password in a list of processes.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.cli.cli_parser import get_parser


def airflow(*words: str) -> None:
    """Run a command of Airflow."""
    arguments = get_parser().parse_args(words)
    arguments.func(arguments)


def main() -> None:
    folder = Path(os.environ["SECRETS"])
    user, password = os.environ["ADMIN_USER"], (folder / "admin_password").read_text()
    airflow("db", "migrate")
    who = ("--username", user, "--password", password)
    email = f"{user}@localhost"
    airflow(
        "users", "create", *who, "--role", "Admin", "--email", email, "--firstname", user, "--lastname", user
    )
    # A user who is there already gets the password that is set now.
    airflow("users", "reset-password", *who)
    # A connection that is there already stays as it is: somebody may have changed it.
    airflow("connections", "import", str(folder / "connections.env"))


if __name__ == "__main__":
    main()
