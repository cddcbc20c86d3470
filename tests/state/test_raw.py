"""Parameters of single events, whatever way they are found; what is not there reads as nothing."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import TYPES
from pysysdig.speed import native
from pysysdig.state import raw
from pysysdig.state.raw import NO_PARAMS, BatchParams, NativeBatchParams, decode

WAYS = [BatchParams, pytest.param(NativeBatchParams, marks=pytest.mark.skipif(native is None, reason="no native extension"))]
EXECVE = event(
    "SYSCALL_EXECVE_19_X", 1, 42, [0, "cat", ["-n", "x"], 42, 42, 1, "/", 1024, 0, 0, 1, 2, 3, "cat", ["a=/", "b=/"], ["A=1"]]
)


@pytest.mark.parametrize("way", WAYS)
def test_each_kind(way: type[BatchParams]) -> None:
    p = way(batch([EXECVE]))[0]
    assert p.type == TYPES["SYSCALL_EXECVE_19_X"] and p.n == 16
    assert (p.i64(0), p.text(1), p.texts(2), p.i64(3), p.u64(7)) == (0, "cat", ("-n", "x"), 42, 1024)
    assert (p.uint(10), p.size(10), p.data(1), p.texts(15)) == (1, 4, b"cat\0", ("A=1",))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_there(way: type[BatchParams]) -> None:
    for p in (way(batch([event("SYSCALL_OPENAT_2_X", 1, 42, [])]))[0], NO_PARAMS):
        assert (p.n, p.size(0), p.i64(0), p.u64(0), p.uint(0), p.text(2), p.data(2), p.texts(2)) == (0, 0, 0, 0, 0, "", b"", ())
    odd = way(batch([event("SYSCALL_OPENAT_2_X", 1, 42, [b"\1\2", -100, b"a\0b\0"])]))[0]
    assert (odd.i64(0), odd.u64(0), odd.uint(0), odd.text(2)) == (0, 0, 0x0201, "a")


@pytest.mark.parametrize("way", WAYS)
def test_damaged_events_have_none(way: type[BatchParams]) -> None:
    """And that is not told here, but by who shows the event."""
    bad = event("SYSCALL_CLOSE_X", 1, 42, [0, 3])
    b = batch([bad._replace(data=bad.data[:26] + b"\xff\xff" + bad.data[28:])])
    assert way(b)[0].n == 0 and b.damage is None


@pytest.mark.parametrize("way", WAYS)
def test_old_headers(way: type[BatchParams]) -> None:
    params = way(batch([event("SYSCALL_OPENAT_2_X", 1, 42, [3, -100, "/a"][:n], v1=True) for n in (3, 1, 0)]))
    assert [params[i].n for i in range(3)] == [3, 1, 0] and params[0].text(2) == "/a"


@pytest.mark.parametrize("way", WAYS)
def test_events_are_located_together_once_enough_are_asked_for(way: type[BatchParams]) -> None:
    """The answers are the same before and after, whatever else is among them."""
    events = [event("SYSCALL_CLOSE_E", 1, 42, [i]) for i in range(100)]
    events[50] = event("SYSCALL_CLOSE_E", 1, 42, [])
    for some in (events, events[:50]):
        b = batch(some)
        params = way(b)
        params.expect(TYPES["SYSCALL_CLOSE_E"], np.arange(len(some)))
        assert [params[i].i64(0) for i in range(len(some))] == [i if i != 50 else 0 for i in range(len(some))]


@pytest.mark.parametrize("v1", [False, True])
def test_an_event_kept_beyond_its_batch(v1: bool) -> None:
    b = (
        batch([event("SYSCALL_CLOSE_E", 1, 42, [7]), event("SYSCALL_OPENAT_2_X", 1, 42, [3, -100, "/a"])])
        if not v1
        else batch([event("SYSCALL_CLOSE_E", 1, 42, [7], v1=True), event("SYSCALL_OPENAT_2_X", 1, 42, [3, -100, "/a"], v1=True)])
    )
    data, count = raw.batch_params(b).encoded(1)
    p = decode(memoryview(data), 0, count)
    assert (p.n, p.text(2)) == (3, "/a") and count == (3 if v1 else -1)
