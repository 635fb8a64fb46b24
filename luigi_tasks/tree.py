"""Print a folder as a tree."""

from __future__ import annotations

from pathlib import Path

from rich import print as rich_print
from rich.text import Text
from rich.tree import Tree


def folder_tree(folder: Path) -> Tree:
    """Give what is in a folder, sorted by name, as a tree for rich to print."""
    tree = Tree(Text(f"{folder.name}/"))
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            tree.add(folder_tree(path))
        else:
            tree.add(Text(path.name))
    return tree


def print_tree(folder: Path) -> None:
    """Print what is in a folder."""
    rich_print(folder_tree(folder))
