"""The first call in which two runs of a program part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.compare import normalise

Call = tuple[str, str, str]  # type, normalised name, result


class Parting(NamedTuple):
    """Where two runs part.

    common        calls that are the same, before
    latest        the last few of them
    first, second the next call of either run and its number (evt.num), None at its end
    """

    common: int
    latest: tuple[Call, ...]
    first: tuple[int, Call] | None
    second: tuple[int, Call] | None


_KEEP = 5


def parting(before: str, after: str, program: str) -> Parting | None:
    """Compare the first process of this name in two captures, call by call; None: they made the same calls. Raises CaptureError,
    UsageError if a capture has no such process."""
    one, other = calls(before, program), calls(after, program)
    latest: list[Call] = []
    count = 0
    while True:
        a, b = next(one, None), next(other, None)
        if a is None and b is None:
            return None
        if a is None or b is None or a[1] != b[1]:
            return Parting(count, tuple(latest), a, b)
        count += 1
        latest = [*latest[1 - _KEEP :], a[1]] if _KEEP > 1 else [a[1]]


def calls(path: str, program: str) -> Iterator[tuple[int, Call]]:
    """(number, call) of the first process called `program` in a capture. Raises UsageError if there is none."""
    from pysysdig import open as open_trace
    from pysysdig.errors import UsageError
    from pysysdig.events.text import from_user
    from pysysdig.filter.tokens import literal

    trace = open_trace(path, all_threads=True).filter(f"proc.name = {literal(from_user(program))} and evt.dir=<")
    chosen: int | None = None
    for number, pid, kind, name, res in trace.select("evt.num", "proc.pid", "evt.type", "fd.name", "evt.res").rows():
        if chosen is None:
            chosen = pid
        if pid == chosen:
            yield number, (kind, normalise.path(name) if name else "", res or "")
    if chosen is None:
        raise UsageError(f"{path}: no process called {program} in it")
