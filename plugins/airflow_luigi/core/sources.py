"""The files that a drawn graph came from."""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from collections.abc import Iterable

from luigi.configuration import LuigiConfigParser, LuigiTomlParser
from luigi.task_register import Register

from airflow_luigi.core.nodes import Node


def source_files(nodes: Iterable[Node]) -> set[str]:
    """Give the files of the pipeline's modules, and those in which luigi looks for its configuration."""
    packages = {"airflow_luigi"}
    for family in {family for node in nodes for family in node.families}:
        with contextlib.suppress(Exception):  # two classes have the same family
            packages |= {base.__module__.partition(".")[0] for base in Register.get_task_cls(family).__mro__}
    installed = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    files = {str(path) for parser in (LuigiConfigParser, LuigiTomlParser) for path in parser._config_paths}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and (name.partition(".")[0] in packages or not file.startswith(installed)):
            files.add(file)
    return files
