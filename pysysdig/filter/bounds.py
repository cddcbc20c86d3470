"""Up to when a filter can accept events."""

from __future__ import annotations

from pysysdig.filter.nodes import AllOf, Around, Comparison, Node

TIME = "evt.rawtime"
_STEPS = (-1, 0, 1)


def latest(node: Node) -> int | None:
    """The time (ns) after which no event satisfies the node; -1: none ever does, None: there is no such time.

    Found in comparisons of the time and `evt.around`, alone or in conjunctions.
    """
    if isinstance(node, AllOf):
        found = [bound for bound in map(latest, node.children) if bound is not None]
        return min(found, default=None)
    if isinstance(node, Around):
        return node.bounds[1]
    if not isinstance(node, Comparison) or node.key != TIME or not node.points:
        return None
    points = node.points  # nothing changes behind the last of them
    if node.accepts(max(points) + 1):
        return None
    return max((p + d for p in points for d in _STEPS if node.accepts(p + d)), default=-1)
