"""Airflow's configuration, as the environment of its processes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL

from local_airflow.ports import LOOPBACK
from local_airflow.processes import KEEP_ENVIRONMENT_VISIBLE, STATE_MARKER
from local_airflow.state import Secrets, StateFolder

# What a user has set for another Airflow or Luigi must not reach this one.
FOREIGN = ("AIRFLOW", "LUIGI_", "PYTHONPATH", "PYTHONHOME")


def base_environment(state: StateFolder) -> dict[str, str]:
    """Give the environment that everything started for a state folder has, PostgreSQL as well."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**env, **KEEP_ENVIRONMENT_VISIBLE, STATE_MARKER: str(state.path)}


def airflow_environment(
    base: Mapping[str, str],
    state: StateFolder,
    secrets: Secrets,
    *,
    repo: Path,
    dags: Sequence[Path],
    plugins: Path,
    inputs: Path,
    database: URL,
    port: int,
    parallelism: int,
    base_path: str = "",
) -> dict[str, str]:
    """Give the environment of Airflow's processes.

    :param base: what :func:`base_environment` gave
    :param state: the state folder
    :param secrets: its secrets
    :param repo: folder that holds ``luigi_tasks``
    :param dags: folders with DAG files
    :param plugins: Airflow's plugins folder
    :param inputs: the folder that the pipelines read
    :param database: address of the metadata database
    :param port: the API server's
    :param parallelism: how many tasks may run at once
    :param base_path: the path that the UI and the API are served below, as "/team/airflow"
    """
    address = f"http://{LOOPBACK}:{port}{base_path}"
    bundles = [
        {
            "name": f"{index}-{folder.name}" if index else folder.name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(folder), "refresh_interval": 2},
        }
        for index, folder in enumerate(dags)
    ]
    sections: dict[str, dict[str, object]] = {
        "core": {
            "executor": "LocalExecutor",
            "parallelism": parallelism,
            "load_examples": False,
            "dags_are_paused_at_creation": True,
            "dags_folder": dags[0],
            "plugins_folder": plugins,
            "fernet_key": secrets.fernet_key,
            "execution_api_server_url": f"{address}/execution/",
            "simple_auth_manager_users": "admin:admin",
            "simple_auth_manager_passwords_file": state.admin_passwords,
            # The default asks the name server, which is slow, or not there, on many laptops.
            "hostname_callable": "socket.gethostname",
        },
        "database": {"sql_alchemy_conn": database.render_as_string(hide_password=False)},
        "api": {
            "host": LOOPBACK,
            "port": port,
            "base_url": address,
            "secret_key": secrets.api_secret_key,
        },
        "api_auth": {"jwt_secret": secrets.jwt_secret},
        "scheduler": {"scheduler_idle_sleep_time": 0.1},
        "dag_processor": {
            "dag_bundle_config_list": json.dumps(bundles),
            "refresh_interval": 2,
            "bundle_refresh_check_interval": 1,
            "min_file_process_interval": 10,
        },
        "logging": {"base_log_folder": state.logs, "colored_console_log": False},
        "usage_data_collection": {"enabled": False},
    }
    settings = {
        f"AIRFLOW__{section}__{name}".upper(): str(value)
        for section, options in sections.items()
        for name, value in options.items()
    }
    unproxied = [base[name] for name in ("no_proxy", "NO_PROXY") if base.get(name)]
    no_proxy = ",".join([*unproxied[:1], LOOPBACK, "localhost"])
    programs = Path(sys.executable).parent
    return {
        **base,
        **settings,
        "AIRFLOW_HOME": str(state.airflow_home),
        "LUIGI_CONFIG_PATH": str(state.luigi_config),
        # The same folders for the DAG that does without Luigi.
        "AIRFLOW_VAR_WORDS_INPUTS": str(inputs.resolve()),
        "AIRFLOW_VAR_WORDS_OUTPUTS": str(state.output),
        "PYTHONPATH": str(repo),
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{programs}{os.pathsep}{base.get('PATH', os.defpath)}",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def write_luigi_config(state: StateFolder, inputs: Path) -> None:
    """Tell Luigi where the pipelines read and write."""
    folders = {"inputs": inputs.resolve(), "outputs": state.output}
    # A percent sign begins a reference in such files.
    lines = [f"{name} = {folder}".replace("%", "%%") for name, folder in folders.items()]
    state.luigi_config.write_text("\n".join(["[folders]", *lines, ""]))
