"""Plans: what becomes of an event type of older recordings. tests/sources/test_convert.py holds them against a model."""

from __future__ import annotations

import pytest

from pysysdig.events.conversion import DEFAULT, EMPTY, ENTER, OWN, Source, plan
from pysysdig.events.table import CURRENT, N_TYPES, OLD_VERSION, TYPES, UNUSED, load


def test_events_that_are_as_they_should_be() -> None:
    """They stay what they are, without a change of parameters."""
    kind = TYPES["SYSCALL_OPENAT_2_X"]
    assert plan(kind, len(load(CURRENT)[kind].params)) == (kind, None, True, False, -1)


def test_starts_are_kept_for_their_ends() -> None:
    """The start of a read goes nowhere; its end takes from it what it lacks."""
    start, end = TYPES["SYSCALL_READ_E"], TYPES["SYSCALL_READ_X"]
    assert plan(start, 2).store and not plan(start, 2).keep
    found = plan(end, 2)
    assert found.type == end and found.keep and found.enter == start and found.sources is not None
    assert [s.kind for s in found.sources] == [OWN, OWN, ENTER, ENTER]
    assert [p.name for p in load(CURRENT)[end].params] == ["res", "data", "fd", "size"]


def test_events_that_are_not_used_are_dropped() -> None:
    unused = next(info.type for info in load(CURRENT) if info.flags & UNUSED)
    assert plan(unused, 0) == (unused, None, False, False, -1)


@pytest.mark.parametrize("count", [99, 200])
def test_shapes_that_nobody_knows(count: int) -> None:
    """Ends are left as they are, starts of calls dropped."""
    for info in load(CURRENT):
        found = plan(info.type, count)
        if info.flags & UNUSED:
            continue
        if info.type & 1:
            assert found.keep
        elif info.flags & OLD_VERSION:
            assert not found.keep


def test_plans_end_in_types_that_are_there() -> None:
    """With as many parameters as these have at most; each comes from one of the event or of its start, or has a value."""
    table = load(CURRENT)
    for kind in range(N_TYPES):
        for count in range(len(table[kind].params) + 1):
            found = plan(kind, count)
            assert 0 <= found.type < N_TYPES
            for source in found.sources or ():
                assert isinstance(source, Source) and source.kind in (OWN, ENTER, DEFAULT, EMPTY)
                assert source.kind != OWN or source.param < count
                assert source.kind != ENTER or (found.enter >= 0 and source.param < len(table[found.enter].params))
                assert source.kind != DEFAULT or source.size > 0
            if found.sources is not None:
                assert len(found.sources) <= len(table[found.type].params)
