"""Settings of luigi's configuration that hold for the length of a build."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from typing import Any

from luigi.configuration import LuigiTomlParser, get_config

from airflow_luigi.core.task_spec import TaskSpecError

LuigiConfig = Mapping[str, Mapping[str, Any]]


@contextlib.contextmanager
def luigi_settings(settings: LuigiConfig) -> Iterator[None]:
    """Set values in luigi's configuration, and put back what was there.

    luigi's configuration belongs to the process, and only some of its keys can be given to ``luigi.build``
    (spotify/luigi issue #3240). These win over luigi.cfg, as the command line does.

    :param settings: section -> key -> value. With the default parser a value is written as luigi.cfg would
        have it (``5`` as ``5``); with the TOML parser it is taken as it is.
    :raises TaskSpecError: a value that luigi's configuration can't hold.
    """
    config = get_config()
    edit = _edit_toml if isinstance(config, LuigiTomlParser) else _edit_cfg
    with contextlib.ExitStack() as undo:
        for section, keys in settings.items():
            if not isinstance(keys, Mapping):
                raise TaskSpecError(f"luigi_config: [{section}] must be a mapping of keys to values.")
            for key, value in keys.items():
                edit(config, section, key, value, undo)
        yield


def _edit_cfg(config: Any, section: str, key: str, value: Any, undo: contextlib.ExitStack) -> None:
    if not config.has_section(section):
        undo.callback(config.remove_section, section)
    elif (before := ConfigParser.get(config, section, key, raw=True, fallback=None)) is not None:
        undo.callback(config.set, section, key, before)
    else:
        undo.callback(config.remove_option, section, key)
    try:
        config.set(section, key, str(value))
    except ValueError as error:
        raise TaskSpecError(
            f"luigi_config: [{section}] {key} can't be set: {error}. Write a percent sign as '%%'."
        ) from error


def _edit_toml(config: Any, section: str, key: str, value: Any, undo: contextlib.ExitStack) -> None:
    data = config.data
    if section not in data:
        undo.callback(data.pop, section)
    elif key in data[section]:
        undo.callback(data[section].__setitem__, key, data[section][key])
    else:
        undo.callback(data[section].pop, key)
    config.set(section, key, value)
