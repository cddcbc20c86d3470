"""What a run has printed."""

from __future__ import annotations


def numbers(out: bytes) -> list[int]:
    """The event numbers that lines begin with."""
    return [int(line.split()[0]) for line in out.splitlines()]
