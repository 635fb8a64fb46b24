"""A task's log as text, from the records that Airflow's API gives."""

from __future__ import annotations

from typing import Any

# Where a record comes from says nothing to somebody who reads the log of a build.
LEFT_OUT = frozenset(
    {"timestamp", "level", "event", "error_detail", "logger", "filename", "lineno", "loc", "ti_id"}
    | {"dag_id", "run_id", "task_id", "map_index", "try_number"}
)


def log_line(record: dict[str, Any] | str) -> str:
    """Give a record as text: time, level, what happened, details, and the traceback if there is one.

    :param record: one of the API's; a text is what an old-fashioned handler wrote
    """
    if isinstance(record, str):
        return record
    words = [str(record.get(name) or "") for name in ("timestamp", "level", "event")]
    details = [f"{name}={value!r}" for name, value in record.items() if name not in LEFT_OUT]
    lines = [" ".join(word for word in [*words, *details] if word)]
    for error in record.get("error_detail") or []:
        frames = error.get("frames") or []
        lines += [
            f"  {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}" for frame in frames
        ]
        lines.append(f"{error.get('exc_type')}: {error.get('exc_value')}")
    return "\n".join(lines)
