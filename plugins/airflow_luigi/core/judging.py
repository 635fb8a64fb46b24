"""From what the tasks of a date said to what is shown of the date."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_luigi.core.forest import Node, reachable, scheduled
from airflow_luigi.core.matrix import State

_ORDER = {state: number for number, state in enumerate(State)}
_DONE = (State.COMPLETE, State.ALWAYS_RUNS)
_ABSENT, _ERROR = State.ABSENT.code, State.ERROR.code
_COMPLETE, _ALWAYS = State.COMPLETE.code, State.ALWAYS_RUNS.code


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one date; the families by their numbers.

    :param states: the families' states, a code each.
    :param counts: of families with another number of tasks than one: how many are done, of how many.
    :param errors: what went wrong first.
    """

    verdict: State
    states: str
    counts: tuple[tuple[int, tuple[int, int]], ...] = ()
    errors: tuple[tuple[int, str], ...] = ()


def judge(root: Node | str, families: int) -> Judged:
    """Judge one date.

    :param root: its root's node, or why there is none.
    :param families: how many families there are.
    """
    if isinstance(root, str):
        return Judged(State.ERROR, _ERROR + _ABSENT * (families - 1), errors=((0, root),))
    nodes = list(reachable(root))
    codes = [_ABSENT] * families
    # Most dates are there, with one task of each family.
    if len(nodes) <= families and all(node.complete or node.always for node in nodes):
        for node in nodes:
            if codes[node.family] != _ABSENT or node.error is not None:
                break
            codes[node.family] = _COMPLETE if node.complete else _ALWAYS
        else:
            return Judged(State.COMPLETE, "".join(codes))
    return _judge_in_full(root, nodes, families)


def _judge_in_full(root: Node, nodes: list[Node], families: int) -> Judged:
    wanted = {id(node) for node in scheduled(root)}
    found: dict[int, list[State]] = {}
    errors: dict[int, str] = {}
    for node in nodes:
        found.setdefault(node.family, []).append(_state(node, id(node) in wanted))
        if node.error is not None:
            errors.setdefault(node.family, node.error)
    codes = [_ABSENT] * families
    counts = []
    for family, states in found.items():
        codes[family] = states[0].code if len(states) == 1 else min(states, key=_ORDER.__getitem__).code
        if len(states) != 1:
            counts.append((family, (sum(state in _DONE for state in states), len(states))))
    return Judged(_verdict(root), "".join(codes), tuple(counts), tuple(errors.items()))


def _state(node: Node, wanted: bool) -> State:
    if node.error is not None:
        return State.ERROR
    if node.complete:
        return State.COMPLETE
    if node.always:
        return State.ALWAYS_RUNS
    if not wanted:
        return State.GONE
    return State.MISSING_EXTERNAL if node.external else State.MISSING


def _verdict(root: Node) -> State:
    """Tell whether a date is there; of what always runs, what it requires is asked instead."""
    asked = [root]
    known = {id(root)}
    error = False
    for node in asked:
        if node.complete:
            continue
        if node.complete is None:
            error = True
            continue
        if not node.always:
            return State.MISSING
        error = error or node.error is not None
        for each in node.requires:
            if id(each) not in known:
                known.add(id(each))
                asked.append(each)
    return State.ERROR if error else State.COMPLETE
