"""The table of system calls against the event table: every parameter is there and has its size."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.capture.call_table import ROWS
from pysysdig.capture.calls import NUMBERS, PLANS
from pysysdig.capture.encode import encode
from pysysdig.capture.group import Group, Var
from pysysdig.capture.machine import MACHINE
from pysysdig.capture.record import ENTER, EXIT, FAULT, HEADER, PROCEXIT, SIGNAL, SWITCH
from pysysdig.events._event_table import EVENTS_0_15_1
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, GENERIC_E, OLD, SIZES, TYPES, load

EVENTS = load(OLD)


def record(kind: int, number: int, ret: int = 0, args: tuple[int, ...] = (), sections: list[bytes] | None = None) -> bytes:
    """A record as the probe writes it, a multiple of 8 bytes long."""
    sections = sections or []
    body = b"".join(sections)
    if len(sections) > 1:
        body = np.array([len(s) for s in sections] + [0] * (8 - len(sections)), "<u2").tobytes() + body
    words = np.zeros(10, "<u8")
    words[0] = 1000
    words[1] = 77 | 76 << 32
    words[2] = number | kind << 16 | len(sections) << 24 | 1 << 32 | len(body) << 48
    words[3] = ret & (1 << 64) - 1
    for i, value in enumerate(args):
        words[4 + i] = value & (1 << 64) - 1
    data = words.tobytes() + body
    return data + bytes(-len(data) % 8)


def batch(*records: bytes) -> EventBatch:
    """The events of records."""
    raw = np.frombuffer(bytearray(b"".join(records)), np.uint8)
    sizes = np.array([len(r) for r in records])
    buffer, off, cpu = encode(raw, np.cumsum(sizes) - sizes, 5)
    return EventBatch(buffer, off, np.arange(len(off)), cpu)


def values(events: EventBatch, i: int) -> list[bytes]:
    """The parameters of event i as bytes."""
    spans = events.spans(int(events.type[i]), np.array([i]))
    return [events.raw(spans, k)[0] or b"" for k in range(len(spans.start))]


@pytest.mark.parametrize("number", sorted(PLANS))
@pytest.mark.parametrize("direction", ["enter", "exit"])
def test_parameters_match_the_event_table(number: int, direction: str) -> None:
    plan = PLANS[number]
    type_, makers, ops = (
        (plan.enter_type, plan.enter, plan.enter_ops) if direction == "enter" else (plan.exit_type, plan.exit, plan.exit_ops)
    )
    params = EVENTS[type_].params
    if len(makers) != len(params):  # recorded as the current drivers do
        params = load(CURRENT)[type_].params
        if type_ == TYPES["SYSCALL_EXECVE_19_X"]:
            params = params[:-1]  # the file name as it was given, which the enter event has
    assert len(makers) == len(params)
    assert len(ops) <= 6
    raw = np.frombuffer(bytearray(record(ENTER, number, 0, (0,) * 6, [b""] * len(ops))), np.uint8)
    group = Group(raw, np.array([0]))
    for maker, param in zip(makers, params):
        column = maker(group)
        assert len(column.length if isinstance(column, Var) else column) == 1
        if param.type in SIZES:
            assert not isinstance(column, Var), param
            assert column.itemsize == SIZES[param.type], param
        else:
            assert isinstance(column, Var), param


def test_an_event_carries_the_header_of_its_record() -> None:
    events = batch(record(ENTER, NUMBERS["close"], args=(5,)), record(EXIT, NUMBERS["close"], -9, (5,)))
    assert events.ts.tolist() == [1005, 1005]
    assert events.tid.tolist() == [77, 77]
    assert events.cpu.tolist() == [1, 1]
    assert [EVENTS[t].enum for t in events.type] == ["SYSCALL_CLOSE_E", "SYSCALL_CLOSE_X"]
    assert values(events, 0) == [(5).to_bytes(8, "little")]
    assert values(events, 1) == [(-9).to_bytes(8, "little", signed=True)]


def test_buffers_of_many_lengths_come_out_whole() -> None:
    number = NUMBERS["read"]
    texts = [bytes([i % 251 + 1]) * (i * 7 % 300) for i in range(500)]
    events = batch(*(record(EXIT, number, len(t), (3,), [t]) for t in texts))
    spans = events.spans(7, np.arange(500))
    assert [x or b"" for x in events.raw(spans, 1)] == texts


def test_several_sections_of_one_record() -> None:
    events = batch(record(EXIT, NUMBERS["rename"], 0, (), [b"old\0", b"newer\0"]))
    assert values(events, 0)[1:] == [b"old\0", b"newer\0"]


def test_a_call_without_an_event_is_generic() -> None:
    number = NUMBERS["getpid"]
    events = batch(record(ENTER, number), record(EXIT, number, 9))
    assert events.type.tolist() == [0, 1]
    assert values(events, 0) == [(16).to_bytes(2, "little"), number.to_bytes(2, "little")]
    assert values(events, 1) == [(16).to_bytes(2, "little")]


def test_every_call_with_an_event_has_a_row() -> None:
    """Those whose event is younger than the driver's version are generic there."""
    known = {
        name
        for _, name, *types in MACHINE.calls.values()
        if types[0] != GENERIC_E and all(EVENTS_0_15_1.get(type_, ()) is not None for type_ in types)
    }
    assert len(known) > 100 and known <= set(ROWS)
    assert "close_range" not in known and PLANS[NUMBERS["close_range"]].enter_type == GENERIC_E


def test_open_flags_and_the_mark_of_a_created_file() -> None:
    info = np.array([99], "<u8").tobytes() + np.array([(8 << 20) | 1, 0x100000], "<u4").tobytes()
    args = (-100, 0, 0o2 | 0o100 | 0o2000000, 0o644)
    events = batch(record(EXIT, NUMBERS["openat"], 3, args, [b"f\0", info]))
    fd, dirfd, name, flags, mode, dev, ino = values(events, 0)
    assert int.from_bytes(dirfd, "little", signed=True) == -100
    assert name == b"f\0"
    assert int.from_bytes(flags, "little") == 3 | 4 | 4096 | 16384
    assert int.from_bytes(mode, "little") == 0o644
    assert int.from_bytes(dev, "little") == 0x801
    assert int.from_bytes(ino, "little") == 99


def test_poll_lists_of_different_lengths() -> None:
    one = np.array([4], "<i4").tobytes() + np.array([1, 0x10], "<u2").tobytes()
    two = one + np.array([-1], "<i4").tobytes() + np.array([4, 0], "<u2").tobytes()
    number = NUMBERS["poll"]
    events = batch(record(EXIT, number, 1, (), [two]), record(EXIT, number, 1, (), [one]), record(EXIT, number, 0))
    lists = [values(events, i)[1] for i in range(3)]
    assert lists[1] == b"\1\0" + (4).to_bytes(8, "little") + b"\x20\0"
    assert lists[0][:12] == b"\2\0" + (4).to_bytes(8, "little") + b"\x20\0"
    assert lists[0][12:] == (-1).to_bytes(8, "little", signed=True) + b"\0\0"
    assert lists[2] == b"\0\0"


def test_events_that_are_not_system_calls() -> None:
    events = batch(
        record(PROCEXIT, 0, args=(9, 1)), record(SWITCH, 0, args=(5, 1, 2, 3, 4, 6)), record(SIGNAL, 0, args=(15, 8, 0)),
        record(SIGNAL, 0, args=(11, 8, 1)), record(FAULT, 0, args=(4096, 8192, 6)),
    )  # fmt: skip
    assert [EVENTS[t].name for t in events.type] == ["procexit", "switch", "signaldeliver", "signaldeliver", "page_fault"]
    numbers = [[int.from_bytes(v, "little") for v in values(events, i)] for i in range(5)]
    assert numbers == [[9, 0, 9, 0, 1], [5, 1, 2, 3, 4, 6], [8, 77, 15], [0, 77, 11], [4096, 8192, 2 | 4 | 16]]


def test_unknown_records_are_left_out() -> None:
    events = batch(record(9, 0), record(ENTER, NUMBERS["close"], args=(1,)))
    assert events.type.tolist() == [4]
    assert len(events.cpu) == len(events.off) == 1


def test_header_size_is_the_one_of_the_probe() -> None:
    assert len(record(ENTER, 0)) == HEADER


def test_values_that_the_driver_stores_in_its_own_way() -> None:
    """What sysdig prints for these is not what the call was given; see the comments in the table of calls."""
    how = np.array([0, 0, 1 | 8], "<u8").tobytes()
    ring = np.array([8, 16, 1 | 8, 0, 0, 0xFFFF, 0, 0, 0, 0], "<u4").tobytes()
    events = batch(
        record(ENTER, NUMBERS["poll"], 0, (0, 0, 0xFFFFFFFF)),
        record(ENTER, NUMBERS["openat2"], 0, (-100, 0, 0, 24), [b"f\0", how]),
        record(EXIT, NUMBERS["io_uring_setup"], 3, (8, 1), [ring]),
        record(EXIT, NUMBERS["mknod"], 0, (0, 0o020644, 0x501), [b"f\0"]),
    )
    last = [[int.from_bytes(v, "little") for v in values(events, i)] for i in range(4)]
    assert last[0][-1] == 0xFFFFFFFF
    assert last[1][-1] == 16 | 1
    assert last[2] == [3, 8, 8, 16, 1 | 4 | 16, 0, 0, 0x6FF]
    assert last[3][2:] == [0o020644, 0x500001]


def test_a_failed_pipe_shows_what_was_in_memory() -> None:
    pair = np.array([7, 8], "<i4").tobytes() + np.array([5, 0, 0], "<u8").tobytes()
    events = batch(record(EXIT, NUMBERS["pipe"], -24, (1,), [pair]), record(EXIT, NUMBERS["pipe"], 0, (1,), [pair]))
    numbers = [[int.from_bytes(v, "little", signed=True) for v in values(events, i)] for i in range(2)]
    assert numbers == [[-24, 7, 8, 0], [0, 7, 8, 5]]
