"""Run by another interpreter, by this file's path, to build a Luigi task there: see ``core/interpreter.py``.

Or to say whether tasks are complete, see ``core/checker.py``.

Any Python can read this file: it checks the version. Its folder leaves ``sys.path``, and no other takes its
place: else that interpreter would import what belongs to Airflow's environment.
"""

import sys

MAIN = __name__ == "__main__"
# What multiprocessing makes of it in a process that it has not forked.
SPAWNED = __name__ == "__mp_main__"

if MAIN and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]

if MAIN and sys.version_info < (3, 10):
    import json
    import os

    message = json.dumps({"kind": "old_python", "version": "%d.%d.%d" % sys.version_info[:3]})  # noqa: UP031
    os.write(int(sys.argv[1]), ("0 ." + message + "\n").encode())
elif MAIN or SPAWNED:
    import importlib.util
    from pathlib import Path

    package = Path(__file__).absolute().parent.parent
    spec = importlib.util.spec_from_file_location(
        package.name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[package.name] = module
    spec.loader.exec_module(module)

if MAIN and sys.version_info >= (3, 10):
    from airflow_luigi.core.child_guard import under_guard

    channel, work = int(sys.argv[1]), sys.argv[2]
    under_guard(channel)
    if work == "build":
        from airflow_luigi.core.child_build import build_and_tell

        build_and_tell(channel)
    elif work == "draw":
        from airflow_luigi.core.child_draw import draw_and_tell

        draw_and_tell(channel)
    else:
        from airflow_luigi.core.child_check import check_and_tell

        check_and_tell(channel)
