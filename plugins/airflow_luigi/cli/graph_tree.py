"""A graph of Luigi tasks as a tree for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.text import Text
from rich.tree import Tree

from airflow_luigi.core.examine import TaskView
from airflow_luigi.core.nodes import reachable

# Of more siblings of one family than this, the first few that are not complete are shown.
SIBLINGS = 5
EXAMPLES = 3
# So often a family may require itself, before the rest of the chain is counted.
CHAIN = 3


def draw(views: list[TaskView], *, show_all: bool = False) -> Tree:
    """Draw a tree: the root, below it what it requires, and so on. What is there twice is drawn once.

    :param views: the tasks, the root first.
    :param show_all: show each task, however many of a family there are.
    """
    return _Drawing(views, show_all).tree()


class _Drawing:
    def __init__(self, views: list[TaskView], show_all: bool) -> None:
        self._views = {view.id: view for view in views}
        self._root = views[0]
        self._show_all = show_all
        self._drawn: set[str] = set()

    def tree(self) -> Tree:
        root = Tree(_label(self._root), guide_style="dim")
        self._drawn.add(self._root.id)
        # A chain may be longer than Python lets functions call themselves.
        stack = [iter(list(self._below(root, self._root, (self._root.family,))))]
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                continue
            node, view, families = following
            if view.id in self._drawn:
                label = _label(view)
                if view.requires:
                    label.append("  (see above)", style="dim")
                node.label = label
                continue
            self._drawn.add(view.id)
            stack.append(iter(list(self._below(node, view, families))))
        return root

    def _below(
        self, node: Tree, view: TaskView, families: tuple[str, ...]
    ) -> Iterator[tuple[Tree, TaskView, tuple[str, ...]]]:
        """Add what a task requires; give those that may have something below them."""
        required = [self._views[each] for each in view.requires]
        sizes = Counter(each.family for each in required)
        folded: set[str] = set()
        for each in required:
            if self._show_all:
                yield node.add(_label(each)), each, families
            elif sizes[each.family] > SIBLINGS:
                if each.family not in folded:
                    folded.add(each.family)
                    yield from self._fold(
                        node, [one for one in required if one.family == each.family], families
                    )
            elif families.count(each.family) >= CHAIN:
                rest = self._with_all_below(each)
                node.add(_counted(f"{each.name} and what it requires", rest))
            else:
                yield node.add(_label(each)), each, (*families, each.family)

    def _fold(
        self, node: Tree, siblings: list[TaskView], families: tuple[str, ...]
    ) -> Iterator[tuple[Tree, TaskView, tuple[str, ...]]]:
        family = siblings[0].family
        fold = node.add(_counted(family, siblings))
        examples = [each for each in siblings if each.complete is not True]
        for each in examples[:EXAMPLES]:
            yield fold.add(_label(each)), each, (*families, family)
        if len(examples) > EXAMPLES:
            fold.add(Text(f"and {len(examples) - EXAMPLES} more that are not complete", style="dim"))

    def _with_all_below(self, view: TaskView) -> list[TaskView]:
        edges = {each.id: each.requires for each in self._views.values()}
        return [self._views[each] for each in {view.id, *reachable(edges, view.id)}]


def _label(view: TaskView) -> Text:
    label = Text(overflow="fold")
    if view.complete:
        label.append("✓ ", style="green")
        label.append(view.name)
    else:
        label.append("! " if view.complete is None else "✗ ", style="red")
        label.append(view.name, style="bold")
        label.append(f"  {view.why}", style="yellow")
    return label


def _counted(name: str, views: Iterable[TaskView]) -> Text:
    count = Counter(view.complete for view in views)
    parts = [f"{count[True]} complete"]
    if count[False]:
        parts.append(f"{count[False]} not complete")
    if count[None]:
        parts.append(f"complete() of {count[None]} raised")
    mark = "! " if count[None] else "✗ " if count[False] else "✓ "
    label = Text(overflow="fold")
    label.append(mark, style="red" if len(parts) > 1 else "green")
    return label.append(f"{name}: {count.total()} tasks, {', '.join(parts)}")
