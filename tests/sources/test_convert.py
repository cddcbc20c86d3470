"""Conversion of old event shapes: plans, pairing across batches, and agreement with a plain event-by-event model."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from pysysdig.events._conversion_table import CONVERTERS
from pysysdig.events.batch import EventBatch
from pysysdig.events.build import Event, batch, event
from pysysdig.events.conversion import plan
from pysysdig.events.single import locate
from pysysdig.events.table import CONVERTER_MANAGED, CURRENT, N_TYPES, OLD_VERSION, SIZES, TYPES, UNUSED, load
from pysysdig.scap.reader import open_capture
from pysysdig.sources.convert import ConvertedBatch, Converter

TABLE = load(CURRENT)


def params(b: EventBatch, pos: int) -> list[bytes | None]:
    """The parameters of one event, through spans."""
    spans = b.spans(int(b.type[pos]), np.array([pos]))
    return [b.raw(spans, i)[0] for i in range(len(spans.start))]


def located(b: ConvertedBatch, pos: int) -> list[bytes]:
    """The same through locate."""
    starts, lengths, _ = b.locate(pos)
    return [bytes(b.buf.data[s : s + n]) for s, n in zip(starts, lengths, strict=True)]


def q(value: int) -> bytes:
    return struct.pack("<q", value)


class Model:
    """The reference's way: one event at a time, step by step through the table, one stored enter event a thread."""

    def __init__(self) -> None:
        self.stored: dict[int, tuple[int, list[bytes]]] = {}

    def run(self, b: EventBatch) -> list[tuple[int, int, list[bytes]]]:
        """(position, type, parameters) of what goes on."""
        out = []
        for pos in range(len(b)):
            starts, lengths, kind = locate(b.buf.data, int(b.off[pos]), -1)
            values = [bytes(b.buf.data[s : s + n]) for s, n in zip(starts, lengths, strict=True)]
            found = self.convert(int(b.tid[pos]), kind, values)
            if found is not None:
                out.append((pos, *found))
        return out

    def convert(self, tid: int, kind: int, values: list[bytes]) -> tuple[int, list[bytes]] | None:
        for _ in range(20):
            info = TABLE[kind]
            if info.flags & UNUSED:
                return None
            if not info.flags & CONVERTER_MANAGED:
                return None if info.flags & OLD_VERSION and not kind & 1 else (kind, values)
            if kind & 1 and not info.flags & OLD_VERSION and len(values) >= len(info.params):
                return kind, values
            step = next((s for s in CONVERTERS[kind] if s[0] == len(values)), None)
            if step is None:
                return (kind, values) if kind & 1 else None
            _, action, to_type, build = step
            if action == "PASS":
                return kind, values
            if action.startswith("STORE"):
                self.stored[tid] = (kind, values)
                return None if action == "STORE" else (kind, values)
            made = [] if action == "CHANGE_TYPE" else list(values)
            after = to_type if action == "CHANGE_TYPE" else kind
            enter = self.stored.get(tid)
            if enter is not None and enter[0] != kind - 1:
                enter = None
            for how in build:
                made.append(self.value(how, TABLE[after].params[len(made)].type, values, enter))
            if any(how.startswith("enter") for how in build):
                self.stored.pop(tid, None)
            kind, values = after, made
        raise AssertionError("endless")

    @staticmethod
    def value(how: str, type_name: str, old: list[bytes], enter: tuple[int, list[bytes]] | None) -> bytes:
        size = SIZES.get(type_name, 0)
        default = (b"\xff" if type_name in ("UID", "GID") else b"\0") * size
        how, _, fallback = how.partition("?")
        if how == "empty":
            return b""
        if how == "default":
            return default
        source = old if how.startswith("old") else enter[1] if enter else None
        if source is None:
            return b"" if fallback else default
        value = source[int(how.partition(":")[2])]
        return value[:size] if size else value


def agree(batches: Iterable[EventBatch]) -> int:
    """Compare Converter and Model over batches; the number of events compared."""
    converter, model = Converter(), Model()
    count = 0
    for b in batches:
        want = model.run(b)
        got = converter.convert(b)
        assert len(got) == len(want)
        assert got.type.tolist() == [kind for _, kind, _ in want]
        assert got.ts.tolist() == b.ts[[pos for pos, _, _ in want]].tolist()
        for kind in got.types():
            pos = got.positions(kind)
            spans = got.spans(kind, pos)
            columns = [got.raw(spans, i) for i in range(len(spans.start))]
            for j, p in enumerate(pos.tolist()):
                made = [c[j] for c in columns if c[j] is not None]
                assert made == want[p][2], (kind, p)
                if isinstance(got, ConvertedBatch):
                    assert located(got, p) == made
        count += len(got)
    return count


def test_exit_takes_over_the_enter_event() -> None:
    events = [
        event("SYSCALL_READ_E", 10, 5, [3, 100]),
        event("SYSCALL_READ_X", 11, 5, [4, b"data"]),
        event("SYSCALL_WRITE_X", 12, 5, [4, b"lost"]),
    ]
    got = Converter().convert(batch(events))
    assert got.type.tolist() == [TYPES["SYSCALL_READ_X"], TYPES["SYSCALL_WRITE_X"]]
    assert params(got, 0) == [q(4), b"data", q(3), struct.pack("<I", 100)]
    assert params(got, 1) == [q(4), b"lost", q(0), bytes(4)]
    assert got.num.tolist() == [1, 2]


def test_pairs_span_batches_and_are_used_once() -> None:
    first = batch([event("SYSCALL_CLOSE_E", 10, 5, [7]), event("SYSCALL_CLOSE_E", 10, 6, [8])])
    second = batch([event("SYSCALL_CLOSE_X", 11, 6, [0]), event("SYSCALL_CLOSE_X", 12, 5, [0])], 3)
    third = batch([event("SYSCALL_CLOSE_X", 13, 5, [0])], 5)
    converter = Converter()
    assert len(converter.convert(first)) == 0
    got = converter.convert(second)
    assert [params(got, i)[1] for i in range(2)] == [q(8), q(7)]
    assert got.num.tolist() == [1, 2]
    assert params(converter.convert(third), 0) == [q(0), q(0)]


def test_another_enter_event_in_between_wins() -> None:
    events = [
        event("SYSCALL_CLOSE_E", 10, 5, [7]),
        event("SYSCALL_READ_E", 11, 5, [3, 100]),
        event("SYSCALL_CLOSE_X", 12, 5, [0]),
    ]
    assert params(Converter().convert(batch(events)), 0) == [q(0), q(0)]


def test_type_changes_and_truncation() -> None:
    events = [event("SYSCALL_BPF_E", 1, 5, [5]), event("SYSCALL_BPF_X", 2, 5, [q(3)])]
    got = Converter().convert(batch(events))
    assert got.type.tolist() == [TYPES["SYSCALL_BPF_2_X"]]
    assert params(got, 0) == [q(3), struct.pack("<I", 5)]


def test_first_parameters_that_the_event_lacks() -> None:
    got = Converter().convert(batch([event("SOCKET_SENDMMSG_X", 1, 5, []), event("SYSCALL_CLOSE_X", 2, 5, [3])]))
    kinds = [TYPES["SOCKET_SENDMMSG_X"], TYPES["SYSCALL_CLOSE_X"]]
    firsts = [got.first(kind, got.positions(kind)) for kind in kinds]
    assert [(values.tolist(), valid.tolist()) for values, valid in firsts] == [([0], [True]), ([3], [True])]


def test_current_events_pass_untouched() -> None:
    b = batch([event("SYSCALL_CLOSE_X", 1, 5, [0, 7]), event("PROCEXIT_1_E", 2, 5, [0, 0, 0, 0, 0])])
    assert Converter().convert(b) is b


def test_every_plan_ends_in_the_current_shape() -> None:
    for kind in range(N_TYPES):
        for count in range(40):
            got = plan(kind, count)
            if got.sources is not None and got.keep:
                assert len(got.sources) == len(TABLE[got.type].params)


def test_unknown_shapes_are_kept_or_dropped() -> None:
    strange: list[Event] = [event("SYSCALL_EXECVEAT_E", 1, 5, [3]), event("SYSCALL_CLOSE_X", 2, 5, [])]
    got = Converter().convert(batch(strange))
    assert got.type.tolist() == [TYPES["SYSCALL_CLOSE_X"]]


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_model(seed: int) -> None:
    random = np.random.default_rng(seed)
    shapes = [(kind, s[0]) for kind, steps in CONVERTERS.items() for s in steps if kind != TYPES["CONTAINER_E"]]
    common = ["SYSCALL_READ", "SYSCALL_OPENAT_2", "SOCKET_CONNECT", "SYSCALL_CLOSE", "GENERIC", "SYSCALL_SECCOMP"]
    batches = []
    for _ in range(4):
        events = []
        for _ in range(120):
            tid = int(random.choice([1, 2, 70000, 5_000_000]))
            if random.random() < 0.7:
                name = str(random.choice(common))
                kind = TYPES[name + str(random.choice(["_E", "_X"]))]
                count = int(random.choice([s[0] for s in CONVERTERS[kind]]))
            else:
                kind, count = shapes[int(random.integers(len(shapes)))]
            events.append(_any_event(random, kind, count, tid))
        batches.append(batch(events))
    agree(batches)


def _any_event(random: np.random.Generator, kind: int, count: int, tid: int) -> Event:
    info = TABLE[kind]
    values = []
    for p in info.params[:count]:
        size = SIZES.get(p.type, int(random.integers(0, 12)))
        values.append(random.bytes(size))
    lengths = struct.pack(f"<{count}{'I' if info.flags & 2048 else 'H'}", *map(len, values))
    body = lengths + b"".join(values)
    return Event(struct.pack("<QqIHI", 1, tid, 26 + len(body), kind, count) + body, 0, False, False)


@pytest.mark.parametrize("name", ["syscalls.scap", "udp.scap", "exit_only_syscalls.scap", "sample.scap"])
def test_recordings_agree_with_the_model(name: str, shared: Path) -> None:
    with open_capture(str(shared / "captures" / name)) as capture:
        assert agree(b for s in capture.sections() for b in s.batches())
