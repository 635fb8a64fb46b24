"""Which tasks are never complete by intention, as those that print something."""

from __future__ import annotations

import dis
import functools
import inspect
from types import FunctionType

import luigi
from luigi.task import flatten

from airflow_luigi.core.freshness import FreshnessMixin
from airflow_luigi.core.worker import is_external


def always_runs(task: luigi.Task) -> bool:
    """Tell whether luigi runs a task each time, whatever there is.

    That is a task without outputs whose ``complete()`` can't say anything but no: luigi's own, which says so
    for want of outputs, or one that has only ``return False``. A ``complete()`` that finds out something, as
    that of a ``WrapperTask`` does, may say yes another time: then the task is missing as others are.

    :raises Exception: what ``output()`` raises.
    """
    return _never_complete(type(task)) and not is_external(task) and not flatten(task.output())


@functools.cache
def _never_complete(task_class: type[luigi.Task]) -> bool:
    for base in task_class.__mro__:
        if (complete := vars(base).get("complete")) is None or base is FreshnessMixin:
            continue  # FreshnessMixin says yes only if what comes behind it does
        return base is luigi.Task or (isinstance(complete, FunctionType) and _returns_only_no(complete))
    return False


def _returns_only_no(function: FunctionType) -> bool:
    code = function.__code__
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False  # what it gives is true
    before = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RETURN_CONST":
            if instruction.argval:
                return False
        elif instruction.opname == "RETURN_VALUE" and (
            # "x or False" jumps behind the constant.
            instruction.is_jump_target or before is None or before.opname != "LOAD_CONST" or before.argval
        ):
            return False
        before = instruction
    return True
