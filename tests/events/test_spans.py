"""Where parameters lie: every way to find them says the same, of sound events and of damaged ones."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest

from pysysdig.events import spans as module
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import Event, batch, event
from pysysdig.events.layout import COUNT, HEADER_V2, LENGTH
from pysysdig.events.spans import Spans, located_in_python, located_natively, slack, verify_in_python, verify_natively
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, TYPES, load
from pysysdig.speed import native

OPENAT = TYPES["SYSCALL_OPENAT_2_X"]
PARAMS = [3, -100, "/etc/passwd", 1, 0, 0, 0]
needs_native = pytest.mark.skipif(native is None, reason="the native extension is not here")
LOCATED = pytest.mark.parametrize("located", [located_in_python, pytest.param(located_natively, marks=needs_native)])
VERIFY = pytest.mark.parametrize("verify", [verify_in_python, pytest.param(verify_natively, marks=needs_native)])
Located = Callable[[EventBatch, int, "np.ndarray"], Spans]


def values(b: EventBatch, located: Located, kind: int) -> list[list[bytes | None]]:
    """The parameters of all events of a type."""
    spans = located(b, kind, b.positions(kind))
    return [list(row) for row in zip(*(b.raw(spans, i) for i in range(len(spans.start))))]


def with_field(given: Event, at: int, form: str, value: int) -> Event:
    data = bytearray(given.data)
    struct.pack_into(form, data, at, value)
    return given._replace(data=bytes(data))


@LOCATED
def test_parameters_that_are_not_there(located: Located) -> None:
    """Older recordings have fewer: those have length -1, empty ones 0."""
    b = batch([event("SYSCALL_OPENAT_2_X", params=PARAMS), event("SYSCALL_OPENAT_2_X", params=[3, -100, None])])
    spans = located(b, OPENAT, b.positions(OPENAT))
    assert spans.length.T.tolist() == [[8, 8, 12, 4, 4, 4, 8], [8, 8, 0, -1, -1, -1, -1]]
    assert b.damage is None and b.raw(spans, 2) == [b"/etc/passwd\0", b""] and b.raw(spans, 3)[1] is None


@LOCATED
def test_old_headers(located: Located) -> None:
    """They do not say how many parameters there are: the lengths must fill the event."""
    b = batch([event("SYSCALL_OPENAT_2_X", params=PARAMS[:n], v1=True) for n in (7, 3, 0)])
    found = values(b, located, OPENAT)
    assert [sum(v is not None for v in row) for row in found] == [7, 3, 0] and found[0][2] == b"/etc/passwd\0"
    assert b.damage is None
    bad = batch([with_field(event("SYSCALL_OPENAT_2_X", params=PARAMS, v1=True), LENGTH, "<I", 60)])
    assert values(bad, located, OPENAT) in ([], [[None] * 7]) and "do not add up" in str(bad.damage)


@LOCATED
@pytest.mark.parametrize(
    ("at", "form", "value", "says"),
    [
        (COUNT, "<I", 200, "more parameters than fit"),
        (COUNT, "<I", 1 << 31, "more"),
        (HEADER_V2, "<H", 9999, "longer than the event"),
    ],
)
def test_damage(located: Located, at: int, form: str, value: int, says: str) -> None:
    """A damaged event has no parameters, its neighbours have theirs."""
    good = event("SYSCALL_OPENAT_2_X", params=PARAMS)
    b = batch([good, with_field(good, at, form, value), good])
    first, second, third = values(b, located, OPENAT)
    assert first == third and first[2] == b"/etc/passwd\0" and set(second) == {None}
    assert says in str(b.damage) and b.damage is not None and b.damage.offset == len(good.data)


@LOCATED
def test_large_payloads_have_long_lengths(located: Located) -> None:
    large = next(i for i in load(CURRENT) if i.flags & LARGE_PAYLOAD and i.params and i.params[0].type in ("BYTEBUF", "CHARBUF"))
    b = batch([event(large.enum, params=[b"x" * 70_000])])
    assert values(b, located, large.type) == [[b"x" * 70_000]]


@VERIFY
def test_verification(verify: Callable[[EventBatch], None]) -> None:
    """Sound events of any number of parameters pass; the first damaged one is named, whatever its type."""
    good = [event("SYSCALL_OPENAT_2_X", params=PARAMS), event("SYSCALL_GETUID_X", params=[0]), event("SYSCALL_CLOSE_X")]
    b = batch(good)
    verify(b)
    assert b.damage is None
    for i, wrong in enumerate((good[0], good[1])):
        b = batch([*good, with_field(wrong, HEADER_V2, "<H", 300 + i), *good])
        verify(b)
        assert b.damage is not None and b.damage.offset == sum(len(e.data) for e in good)


def test_what_was_recorded_too_long() -> None:
    assert {slack(t) for t in module.TOO_LONG} == {3} and slack(OPENAT) == 0
