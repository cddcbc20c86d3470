"""Which frames may hold events that a filter accepts, by the event types and process names they are said to hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.filter.nodes import AllOf, AnyOf, Comparison, Node

if TYPE_CHECKING:
    from pysysdig.filter import Filter

_NAME = "proc.name"


def matcher(chosen: Filter) -> Callable[[dict[str, Any]], bool]:
    """A function that tells from the meta of an events frame whether the filter can accept any of its events.

    It raises TypeError, ValueError and the like for a meta that makes no sense.
    """
    root = chosen.root

    def match(meta: dict[str, Any]) -> bool:
        kinds = np.array(meta["kinds"], np.uint16)
        names = meta["names"]
        if names is not None and not all(isinstance(n, str) for n in names):
            raise ValueError
        return _possible(root, kinds, names)

    return match


def _possible(node: Node, kinds: np.ndarray, names: list[str] | None) -> bool:
    if not node.may[kinds].any():
        return False
    if isinstance(node, AllOf):
        return all(_possible(child, kinds, names) for child in node.children)
    if isinstance(node, AnyOf):
        return any(_possible(child, kinds, names) for child in node.children)
    if isinstance(node, Comparison) and names is not None and node.key == _NAME:
        return any(node.accepts(name) for name in names)
    return True
