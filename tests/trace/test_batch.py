"""Batches of traces are the batches that were written, whoever asks for what first; what makes no sense is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.errors import CaptureError
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, SIZES, load
from pysysdig.scap.reader import open_capture
from pysysdig.sources.convert import Converter
from pysysdig.state.raw import BatchParams
from pysysdig.trace import columns
from pysysdig.trace.batch import TraceBatch
from pysysdig.trace.frames import Blobs
from pysysdig.trace.values import dumps, loads
from tests.trace.odd import variants

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PARAMETERS = {
    "SYSCALL_OPENAT_2_X": st.tuples(st.integers(-9, 9), st.just(-100), st.text("ab/.", max_size=30), st.integers(0, 9)),
    "SYSCALL_WRITE_X": st.tuples(st.integers(-9, 99), st.binary(max_size=80)),
    "SYSCALL_READ_E": st.tuples(st.integers(0, 9), st.integers(0, 1 << 31)),
    "SYSCALL_CLOSE_E": st.tuples(st.integers(0, 9)),
    "SYSCALL_CLOSE_X": st.just((0,)),
    "CONTAINER_JSON_2_E": st.tuples(st.text("{}ab", max_size=400)),
    "SYSCALL_GETDENTS_X": st.just(()),
}
EVENTS = st.lists(
    st.one_of([st.tuples(st.just(name), values, st.integers(0, 1 << 62), st.integers(-1, 5), st.integers(0, 3), st.booleans())
               for name, values in PARAMETERS.items()]),
    min_size=1,
    max_size=120,
)  # fmt: skip


def _made(items: list) -> EventBatch:  # type: ignore[type-arg]
    return batch([event(name, ts, tid, params, cpu=cpu, hidden=hidden) for name, params, ts, tid, cpu, hidden in items])


def _packed(events: EventBatch) -> tuple[dict[str, Any], bytes]:
    """(directory, body)."""
    blobs = Blobs()
    return columns.encode(events, blobs), blobs.body()


def _again(given_: EventBatch) -> TraceBatch:
    directory, body = _packed(given_)
    return TraceBatch(loads(dumps(directory)), len(given_), memoryview(body), "x", 0)


def _same(a: EventBatch, b: EventBatch) -> None:
    some = np.arange(0, len(a), 9)
    assert b.type_of(some).tolist() == a.type[some].tolist()
    assert b.num_of(some).tolist() == a.num[some].tolist()
    for table in (np.arange(1 << 16) % 3, np.arange(1 << 16) == int(a.type[-1])):
        assert b.by_type(table.astype(np.uint8)).tolist() == table[a.type].tolist()
    for name in ("ts", "tid", "type", "cpu", "num"):
        assert getattr(a, name).tolist() == getattr(b, name).tolist(), name
    hidden = [x.hidden.tolist() if x.hidden is not None else [False] * len(x) for x in (a, b)]
    assert hidden[0] == hidden[1]
    for kind in a.types():
        pos = a.positions(kind)
        for index, param in enumerate(load(CURRENT)[kind].params):
            for name in {param.type, "INT64", "UINT32"} & SIZES.keys():  # by itself, without spans
                mine, good = a.number(kind, index, name, pos)
                other, valid = b.number(kind, index, name, pos)
                assert good.tolist() == valid.tolist()
                assert mine[good].tolist() == other[good].tolist()
        one, two = a.spans(kind, pos), b.spans(kind, pos)
        assert one.length.tolist() == two.length.tolist()
        for i in range(len(one.length)):
            assert a.raw(one, i) == b.raw(two, i)
    assert a.counts.tolist() == b.counts.tolist()
    for p, q in zip(map(BatchParams(a).__getitem__, range(len(a))), map(BatchParams(b).__getitem__, range(len(b)))):
        assert (p.type, [p.data(i) for i in range(p.n)]) == (q.type, [q.data(i) for i in range(q.n)])
    for x, y in zip(a.off.tolist(), b.off.tolist()):
        size = int(a.view("u4")[x + 16])
        assert bytes(a.buf[x : x + size]) == bytes(b.buf[y : y + size])


@QUICK
@given(EVENTS, st.sampled_from([0, 2, 1000]))
def test_any_batch_is_read_back(items: list, rare: int) -> None:  # type: ignore[type-arg]
    old, columns.RARE = columns.RARE, rare
    try:
        _same(_made(items), _again(_made(items)))
    finally:
        columns.RARE = old


def test_parameters_in_any_order() -> None:
    items = [("SYSCALL_READ_E", (fd, 100 * fd), fd, 1, 0, False) for fd in range(20)]
    again = _again(_made(items))
    kind, pos = int(again.type[0]), np.arange(20)[::-1].copy()
    assert again.numbers(kind, 1, pos)[0].tolist() == [100 * fd for fd in pos.tolist()]
    assert again.fixed(again.spans(kind, pos), 1, "UINT32")[0].tolist() == [100 * fd for fd in pos.tolist()]


@QUICK
@given(
    st.recursive(st.none() | st.integers() | st.binary(max_size=9) | st.text(max_size=5), lambda x: st.lists(x, max_size=4)),
    st.data(),
)
def test_hostile_directories(value: object, data: st.DataObject) -> None:
    """A good checksum proves nothing: whatever a directory says, there is an answer or a CaptureError."""
    directory, body = _packed(
        batch([event("SYSCALL_CLOSE_E", 5, 1, [k]) for k in range(30)] + [event("SYSCALL_READ_E", 6, 1, [3, 9])])
    )
    key = data.draw(st.sampled_from(sorted(directory)))
    directory[key] = value
    try:
        got = TraceBatch(directory, 31, memoryview(body), "x", 0)
        for name in ("off", "cpu", "num", "hidden", "ts", "tid", "counts"):
            getattr(got, name)
    except CaptureError:
        pass


def test_captures_come_back(root: Path, tmp_path: Path) -> None:
    with open_capture(str(root / "captures/demo.scap")) as capture:
        for b in capture.batches():
            _same(b, _again(b))


def test_directories_that_make_no_sense() -> None:
    directory, body = _packed(
        batch([event("SYSCALL_CLOSE_E", 5, 1, [k]) for k in range(30)] + [event("SYSCALL_READ_E", 6, 1, [3, 9])])
    )
    told = 0
    for odd in variants(directory):
        try:
            got = TraceBatch(odd, 31, memoryview(body), "a.pscap", 7)
            for name in ("off", "cpu", "num", "hidden", "ts", "tid", "counts"):
                getattr(got, name)
            got.verify()
        except CaptureError as e:
            assert (e.name, e.offset) == ("a.pscap", 7)
            told += 1
    assert told > 500


@pytest.mark.parametrize("count", [0, -1, 1 << 20])
def test_as_many_events_as_a_frame_has(count: int) -> None:
    directory, body = _packed(batch([event("SYSCALL_CLOSE_E", 5, 1, [k]) for k in range(3)]))
    with pytest.raises(CaptureError, match="damaged frame"):
        TraceBatch(directory, count, memoryview(body), "x", 0)


def test_more_can_be_put_behind() -> None:
    """Into the spare room once, then by a copy of all."""
    got = _again(batch([event("SYSCALL_CLOSE_E", 5, 1, [k]) for k in range(30)]))
    one, at = got.extended(b"first")
    assert one is got.buf and bytes(one[at : at + 5]) == b"first"
    two, there = got.extended(b"second")
    assert two is not got.buf and bytes(two[there:]) == b"second"
    spans = got.spans(int(got.type[0]), np.arange(30))
    assert [bytes(two[s : s + 8])[0] for s in spans.start[0].tolist()] == list(range(30))


def test_rules_see_a_frame_of_which_nothing_is_left_out() -> None:
    """After events that are: it is the numbers alone that change."""
    given_ = batch([event("SYSCALL_CLOSE_X", 1, 5, [0, 7]), event("PROCEXIT_1_E", 2, 6, [3, 0, 0, 0, 0])])
    expected, got = (Converter(dropped=1).convert(one) for one in (given_, _again(given_)))
    assert got.num.tolist() == expected.num.tolist() == [n - 1 for n in given_.num.tolist()]
    _same(expected, got)
