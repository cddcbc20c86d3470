"""Counts over time as one line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = ".:-=+*#@"  # where the terminal has no blocks


def sparkline(counts: Sequence[int], width: int, *, blocks: str = BLOCKS) -> str:
    """`width` characters, each the sum of its share of the counts against the largest one; a blank where there is nothing."""
    size = len(counts)
    edges = [column * size // width for column in range(width + 1)]
    sums = [sum(counts[begin:end]) for begin, end in zip(edges, edges[1:])]
    most = max(sums, default=0)
    return "".join(blocks[-(-count * len(blocks) // most) - 1] if count else " " for count in sums)
