"""Draws a graph, in a child that :func:`airflow_luigi.core.interpreter.draw_in` has started."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

from airflow_luigi.core.child_build import (
    UnusableLuigiError,
    check_luigi,
    end_on_sigterm,
    take_stdin,
    tell_error,
    tell_unusable,
)
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.wire import Sender, decode


def draw_and_tell(channel: int) -> NoReturn:
    """Draw one graph, and end the process.

    :param channel: descriptor of a pipe, for the outcome.
    """
    end_on_sigterm()
    sender, stdin = Sender(channel), take_stdin()
    order = json.loads(stdin.readline())
    try:
        check_luigi()
        from airflow_luigi.core.drawing import draw
        from airflow_luigi.core.sources import source_files

        nodes = draw(order["task"], decode(order["values"]), **decode(order["how"]))
    except UnusableLuigiError as error:
        tell_unusable(sender, error)
    except BaseException as error:
        tell_error(sender, error, Redactor())
    else:
        sender.send("drawing", nodes=[node.to_json() for node in nodes], files=sorted(source_files(nodes)))
    sys.exit(0)
