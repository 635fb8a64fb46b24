"""A Luigi task that is given its secrets in all the ways that there are, and tells them all."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import luigi
from luigi.parameter import ParameterVisibility

from airflow_luigi.core.connections import connect, resolve
from local_airflow.waiting import wait_for
from luigi_tasks.settings import folders

luigis_log = logging.getLogger("luigi-interface")
own_log = logging.getLogger("indiscreet")


class SecretSettings(luigi.Config):
    """What luigi.cfg holds for the task."""

    phrase = luigi.Parameter(visibility=ParameterVisibility.PRIVATE)


class Indiscreet(luigi.Task):
    """Connects to its databases, and tells everybody how."""

    connection_string = luigi.Parameter()
    database = luigi.Parameter()
    configured = luigi.Parameter()
    phrase = luigi.Parameter(visibility=ParameterVisibility.PRIVATE)
    fails = luigi.BoolParameter()
    # luigid lets no task run that was done less than ten seconds ago: each test has its own.
    test = luigi.IntParameter()

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        """Say everything in every way."""
        told: Any = self
        told.set_status_message(f"connecting to {self.connection_string}")
        named = [resolve(name) for name in (self.database, self.configured)]
        for name in (self.database, self.configured, self.connection_string):
            with connect(name) as connection:
                connection.exec_driver_sql("SELECT 1")
        secrets: list[Any] = [self, self.phrase, self.connection_string, SecretSettings().phrase]
        secrets += [url.password for url in named]
        secrets += [url.render_as_string(hide_password=False) for url in named]
        for secret in secrets:
            luigis_log.info("luigi's log: %s", secret)
            own_log.warning("own log: %s", secret)
            warnings.warn(f"a warning: {secret}", stacklevel=2)
            print(f"print: {secret}")
        begun = folders().outputs / f"indiscreet_{self.fails}"
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.touch()
        wait_for("the word to end", begun.with_suffix(".go").exists, bool, deadline=120, every=0.1)
        if self.fails:
            try:
                raise ConnectionError(f"refused: {secrets}")
            except ConnectionError as error:
                raise ValueError(f"not possible with {secrets}") from error
