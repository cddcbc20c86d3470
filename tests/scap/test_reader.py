"""The reader: block kinds, sections, numbers, errors, sources."""

from __future__ import annotations

import gzip
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from pysysdig.errors import CaptureError, TruncatedError
from pysysdig.events import build as ev
from pysysdig.events.batch import EventBatch
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.scap import blocks as b
from pysysdig.scap import build as sc
from pysysdig.scap.reader import CaptureStream, open_capture
from pysysdig.state import build as st
from tests import pieces
from tests.fuzz_seeds import split

BEFORE = st.snapshot(st.process(1, "init"))
HEAD = sc.capture_bytes(BEFORE, [])


def opens(n: int, ts: int = 1000, **more: object) -> list[ev.Event]:
    """n openat pairs."""
    out = []
    for i in range(n):
        out.append(ev.event("SYSCALL_OPENAT_2_E", ts + 2 * i, 1, [-100, f"/f{i}", 1, 0], cpu=i % 4, **more))  # type: ignore[arg-type]
        out.append(ev.event("SYSCALL_OPENAT_2_X", ts + 2 * i + 1, 1, [3, -100, f"/f{i}", 1, 0, 0, 0], cpu=i % 4, **more))  # type: ignore[arg-type]
    return out


def save(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "a.scap"
    path.write_bytes(data)
    return str(path)


def drain(capture: CaptureStream) -> list[EventBatch]:
    with capture:
        return list(capture.batches())


def joined(batches: list[EventBatch], name: str) -> list[int]:
    return [int(x) for batch in batches for x in getattr(batch, name)]


@pytest.mark.parametrize("compressed", [False, True])
def test_events_of_a_file(tmp_path: Path, compressed: bool) -> None:
    events = opens(500)
    path = sc.write_capture(tmp_path / "a.scap", BEFORE, events, compressed=compressed)
    with open_capture(str(path)) as capture:
        assert capture.generation == OLD
        assert [p.comm for p in capture.snapshot.processes] == ["init"]
        section = next(capture.sections())
        batches = list(section.batches())
        assert capture.progress() == 1.0
    assert joined(batches, "num") == list(range(1, 1001))
    assert joined(batches, "ts") == list(range(1000, 2000))
    assert joined(batches, "cpu") == [i // 2 % 4 for i in range(1000)]
    exits = batches[0].positions(TYPES["SYSCALL_OPENAT_2_X"])
    names = batches[0].texts(batches[0].spans(TYPES["SYSCALL_OPENAT_2_X"], exits), 2)
    assert names == [f"/f{i}" for i in range(500)]


@pytest.mark.parametrize("large", [False, True])
def test_batches_have_at_most_65536_events(tmp_path: Path, large: bool) -> None:
    """Half as many unless they are asked for, which cannot be before the first one."""
    events = [ev.event("SYSCALL_READ_E", 5 + i, 1, [3, 4]) for i in range(100)] * 1500
    capture = open_capture(save(tmp_path, sc.capture_bytes(BEFORE, events)))
    capture.large = large
    batches = drain(capture)
    sizes = [32768, 65536, 150_000 - 32768 - 65536] if large else [*4 * [32768], 150_000 - 4 * 32768]
    assert [len(x) for x in batches] == sizes
    assert joined(batches, "num") == list(range(1, 150_001))
    assert set(joined(batches, "ts")) == set(range(5, 105))


def test_large_batches_of_bytes_are_cut(tmp_path: Path) -> None:
    data = b"x" * 60_000
    events = [ev.event("SYSCALL_READ_X", i, 1, [60_000, data]) for i in range(600)]
    path = sc.write_capture(tmp_path / "a.scap", BEFORE, events, compressed=True)
    batches = drain(open_capture(str(path)))
    assert len(batches) > 1 and joined(batches, "ts") == list(range(600))
    got = [x for batch in batches for x in batch.raw(batch.spans(TYPES["SYSCALL_READ_X"], np.arange(len(batch))), 1)]
    assert got == [data] * 600


@pytest.mark.parametrize("kind", [b.EVENT_V2, b.EVENT_FLAGS_V2, b.EVENT_LARGE, b.EVENT_FLAGS_LARGE])
def test_each_block_kind(tmp_path: Path, kind: int) -> None:
    events = [e._replace(hidden=i == 1) for i, e in enumerate(opens(2))]
    (batch,) = drain(open_capture(save(tmp_path, HEAD + b"".join(pieces.event_block(e, kind) for e in events))))
    assert batch.ts.tolist() == [1000, 1001, 1002, 1003] and batch.cpu.tolist() == [0, 0, 1, 1]
    flagged = kind in b.FLAGGED_EVENTS
    assert (batch.hidden is not None) == flagged
    assert batch.hidden is None or batch.hidden.tolist() == [False, True, False, False]


def test_kinds_mixed_in_one_file(tmp_path: Path) -> None:
    kinds = [b.EVENT_V2, b.EVENT_FLAGS_V2, b.EVENT_LARGE, b.EVENT_FLAGS_LARGE]
    events = [e._replace(hidden=i % 4 == 1) for i, e in enumerate(opens(100))]
    data = HEAD + b"".join(pieces.event_block(e, kinds[i % 4]) for i, e in enumerate(events))
    batches = drain(open_capture(save(tmp_path, data)))
    assert len(batches) == 1  # they differ in nothing a batch cares about
    assert joined(batches, "ts") == list(range(1000, 1200))
    assert joined(batches, "hidden") == [i % 4 == 1 for i in range(200)]
    assert joined(batches, "cpu") == [i // 2 % 4 for i in range(200)]


def test_headers_without_a_count(tmp_path: Path) -> None:
    old, new = opens(2, v1=True), opens(1, ts=5000)
    kinds = [b.EVENT_V1, b.EVENT_FLAGS_V1, 0x8010ABCD, b.EVENT_V1]
    blocks = [pieces.event_block(e, kind) for e, kind in zip(old, kinds)] + [pieces.event_block(e, b.EVENT_V2) for e in new]
    batches = drain(open_capture(save(tmp_path, HEAD + b"".join(blocks))))
    assert [(x.v1, len(x)) for x in batches] == [(True, 4), (False, 2)]
    exits = batches[0].positions(TYPES["SYSCALL_OPENAT_2_X"])
    assert batches[0].texts(batches[0].spans(TYPES["SYSCALL_OPENAT_2_X"], exits), 2) == ["/f0", "/f1"]
    assert joined(batches, "num") == [1, 2, 3, 4, 5, 6]


def test_payload_that_looks_like_blocks(tmp_path: Path) -> None:
    fake = b"".join(pieces.event_block(e, b.EVENT_V2) for e in opens(20))
    events = [ev.event("SYSCALL_READ_X", i, 1, [1, bytes(i % 4) + fake + struct.pack("<II", b.EVENT_V2, 48)]) for i in range(50)]
    batches = drain(open_capture(save(tmp_path, sc.capture_bytes(BEFORE, events))))
    assert joined(batches, "ts") == list(range(50))


def test_blocks_that_do_not_lie_on_multiples_of_four(tmp_path: Path) -> None:
    blocks = []
    for i, e in enumerate(opens(3000)):
        body = struct.pack("<H", e.cpu) + e.data + bytes(-len(e.data) % 4 + 2 + i % 7 % 2)
        blocks.append(struct.pack("<II", b.EVENT_V2, len(body) + 12) + body + struct.pack("<I", len(body) + 12))
    batches = drain(open_capture(save(tmp_path, HEAD + b"".join(blocks))))
    assert joined(batches, "ts") == list(range(1000, 7000))


def test_unknown_event_types_take_no_number(tmp_path: Path) -> None:
    events = opens(3)
    strange = events[2].data[:20] + struct.pack("<H", 5000) + events[2].data[22:]
    events[2] = events[2]._replace(data=strange)
    batches = drain(open_capture(save(tmp_path, HEAD + b"".join(pieces.event_block(e, b.EVENT_V2) for e in events))))
    assert joined(batches, "ts") == [1000, 1001, 1003, 1004, 1005] and joined(batches, "num") == [1, 2, 3, 4, 5]


def test_unknown_blocks_before_the_events_are_skipped(tmp_path: Path) -> None:
    data = HEAD + pieces.block(0x999, bytes(3_000_000)) + b"".join(pieces.event_block(e, b.EVENT_V2) for e in opens(1))
    assert joined(drain(open_capture(save(tmp_path, data))), "num") == [1, 2]


@pytest.mark.parametrize("compressed", [False, True])
def test_captures_one_behind_the_other(tmp_path: Path, compressed: bool) -> None:
    accounts = [ev.event("USER_ADDED_E", 1, -1, [0, 0, "root", "/root", "/bin/sh", ""])] * 3
    parts = [
        sc.capture_bytes(st.snapshot(st.process(1, "one")), accounts + opens(2)),
        sc.capture_bytes(st.snapshot(st.process(1, "two")), accounts + opens(2)),
        sc.capture_bytes(st.snapshot(st.process(1, "three")), opens(1)),
    ]
    data = b"".join(gzip.compress(p) for p in parts) if compressed else b"".join(parts)
    names, nums, hidden = [], [], []
    with open_capture(save(tmp_path, data)) as capture:
        for section in capture.sections():
            names.append(section.snapshot.processes[0].comm)
            for batch in section.batches():
                nums.append(batch.num.tolist())
                hidden.append(None if batch.hidden is None else batch.hidden.tolist())
    assert names == ["one", "two", "three"]
    # what a capture starts with about accounts is consumed unseen, and counts in the first capture only
    assert nums == [[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 8, 9, 10, 11], [12, 13]]
    assert hidden == [[True] * 3 + [False] * 4] * 2 + [None]


def test_generations(tmp_path: Path) -> None:
    def generation(*events: ev.Event) -> str:
        with open_capture(save(tmp_path, sc.capture_bytes(BEFORE, events))) as capture:
            return capture.generation

    def call(name: str, params: list[object], **more: object) -> ev.Event:
        return ev.event(name, 1, 1, params, **more)  # type: ignore[arg-type]

    switch = call("SCHEDSWITCH_6_E", [0, 0, 0, 0, 0, 0])
    exit_only = call("SYSCALL_READ_X", [1, b"x", 3, 1])
    paired = call("SYSCALL_READ_X", [1, b"x"])
    assert generation(call("SYSCALL_READ_E", [3, 1])) == OLD
    assert generation(switch, call("SYSCALL_READ_E", [3, 1], hidden=True)) == OLD
    assert generation(exit_only) == CURRENT
    assert generation(switch, exit_only) == CURRENT
    assert generation(exit_only, call("SYSCALL_READ_E", [3, 1])) == OLD
    assert generation(paired) == OLD
    assert generation(switch) == OLD
    assert generation(call("SYSCALL_OPENAT_2_X", [3, -100, "/a", 1, 0, 0, 0])) == CURRENT


# --- bad input ---


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"hello, world\n", "not a capture"),
        (b"\x0a\x0d", "truncated"),
        (HEAD[:20], "truncated"),
        (HEAD[:200], "truncated"),
        (HEAD, "no events"),
        (pieces.block(b.SECTION_HEADER, struct.pack(">IHHQ", b.BYTE_ORDER_MAGIC, 1, 2, 0)), "big-endian"),
        (pieces.block(b.SECTION_HEADER, struct.pack("<IHHQ", b.BYTE_ORDER_MAGIC, 2, 0, 0)), "version 2.0"),
        (HEAD + struct.pack("<II", 0x999, 0), "block 0x999 of 0 bytes"),
        (HEAD + struct.pack("<II", 0x999, 0xFFFFFFF0), "block 0x999"),
        (HEAD + pieces.block(b.PROCESS_LIST_V9, struct.pack("<I", 5000) + bytes(100)), "entry of 5000 bytes"),
        (HEAD + pieces.block(0x202, bytes(60) + b"\xff\xff\xff\xff"), "crosses the end"),
        (gzip.compress(HEAD, mtime=0)[:100], "truncated"),
        (gzip.compress(HEAD, mtime=0)[:40] + b"\xff" * 40, "gzip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_opened(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(CaptureError, match=message):
        open_capture(save(tmp_path, data))


def test_what_is_not_a_file(tmp_path: Path) -> None:
    for name in ("missing.scap", "."):
        with pytest.raises(CaptureError, match="can't open file"):
            open_capture(str(tmp_path / name))
    with pytest.raises(CaptureError, match="can't open file"):
        open_capture("a\0b")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("cut", [1, 4, 20, 40])
def test_truncated(tmp_path: Path, cut: int, compressed: bool) -> None:
    data = sc.capture_bytes(BEFORE, opens(50))[:-cut]
    path = save(tmp_path, gzip.compress(data) if compressed else data)
    got: list[int] = []
    with open_capture(path) as capture, pytest.raises(TruncatedError) as info:
        for batch in capture.batches():
            got += batch.num.tolist()
    assert got == list(range(1, 100)) and info.value.offset == len(data)


def test_truncated_gzip_stream(tmp_path: Path) -> None:
    data = sc.capture_bytes(BEFORE, opens(5000))
    got: list[int] = []
    with open_capture(save(tmp_path, gzip.compress(data)[:-2000])) as capture, pytest.raises(TruncatedError):
        for batch in capture.batches():
            got += batch.num.tolist()
    assert 100 < len(got) < 10_000 and got == list(range(1, len(got) + 1))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (4, 0, "event block of 0 bytes"),
        (4, 39, "event block of 39 bytes"),
        (4, 70_000, "event block of 70000 bytes"),
        (-4, 12, "at the end"),
        (26, 25, "event of 25 bytes"),
        (26, 500, "event of 500 bytes"),
        (26, 0xFFFFFFFF, "event of 4294967295 bytes"),
        (0, 0x1234, "unexpected block of type 0x1234"),
    ],
)
def test_corrupt_block(tmp_path: Path, field: int, value: int, message: str) -> None:
    blocks = [pieces.event_block(e, b.EVENT_V2) for e in opens(5)]
    at = field % len(blocks[6])
    blocks[6] = blocks[6][:at] + struct.pack("<I", value) + blocks[6][at + 4 :]
    got: list[int] = []
    with open_capture(save(tmp_path, HEAD + b"".join(blocks))) as capture, pytest.raises(CaptureError, match=message) as info:
        for batch in capture.batches():
            got += batch.num.tolist()
    assert got == [1, 2, 3, 4, 5, 6]
    assert info.value.offset == len(HEAD) + sum(map(len, blocks[:6]))


@pytest.mark.parametrize(
    ("v1", "at", "code", "value"),
    [
        (False, 22, "<I", 8),
        (False, 22, "<I", 200),
        (False, 22, "<I", 0xFFFFFFFF),
        (False, 26, "<H", 60_000),
        (True, 22, "<H", 60_000),
        (True, 22, "<H", 7),
    ],
)
def test_counts_that_lie(tmp_path: Path, v1: bool, at: int, code: str, value: int) -> None:
    """The damaged event has no parameters; the others of its batch do, and then comes the error."""
    kind = b.EVENT_V1 if v1 else b.EVENT_V2
    events = opens(3, v1=v1)
    events[3] = events[3]._replace(data=pieces.patched(events[3].data, at, struct.pack(code, value)))
    blocks = [pieces.event_block(e, kind) for e in events]
    names = []
    with (
        open_capture(save(tmp_path, HEAD + b"".join(blocks))) as capture,
        pytest.raises(CaptureError, match="corrupt event") as info,
    ):
        for batch in capture.batches():
            names += batch.texts(batch.spans(TYPES["SYSCALL_OPENAT_2_X"], np.array([1, 3, 5])), 2)
    assert names == ["/f0", None, "/f2"]
    assert info.value.offset == len(HEAD + b"".join(blocks[:3])) + 10


def test_gzip_bomb_of_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(b, "MAX_METADATA_MEMORY", 4 << 20)
    data = HEAD + pieces.block(0x202, bytes(30 << 20))
    with pytest.raises(CaptureError, match="more metadata"):
        open_capture(save(tmp_path, gzip.compress(data, 1)))


# --- pipes ---


def through_pipe(data: bytes, path: Path, pieces: int = 1) -> threading.Thread:
    os.mkfifo(path)

    def feed() -> None:
        step = -(-len(data) // pieces)
        with path.open("wb", buffering=0) as f:
            for at in range(0, len(data), step):
                f.write(data[at : at + step])

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("pieces", [1, 7, 300])
def test_named_pipe(tmp_path: Path, compressed: bool, pieces: int) -> None:
    data = sc.capture_bytes(BEFORE, opens(5000))
    thread = through_pipe(gzip.compress(data) if compressed else data, tmp_path / "pipe", pieces)
    capture = open_capture(str(tmp_path / "pipe"))
    assert capture.progress() is None
    batches = drain(capture)
    thread.join()
    assert joined(batches, "num") == list(range(1, 10_001))
    assert joined(batches, "ts") == list(range(1000, 11_000))


def test_events_come_out_of_a_pipe_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    fd = os.open(tmp_path / "pipe", os.O_RDWR)
    os.write(fd, sc.capture_bytes(BEFORE, opens(1)))
    with open_capture(str(tmp_path / "pipe")) as capture:
        batches = capture.batches()
        assert next(batches).num.tolist() == [1, 2]
        os.write(fd, b"".join(pieces.event_block(e, b.EVENT_V2) for e in opens(1, ts=2000)))
        assert next(batches).ts.tolist() == [2000, 2001]  # and does not wait for more
    os.close(fd)


def test_batches_outlive_the_reader(tmp_path: Path) -> None:
    """Chunks are used again only when nobody holds them."""
    payload = [bytes([i]) * 50_000 for i in range(256)]
    events = [ev.event("SYSCALL_READ_X", i, 1, [1, payload[i % 256]]) for i in range(1000)]
    path = sc.write_capture(tmp_path / "a.scap", BEFORE, events, compressed=True)
    kept = drain(open_capture(str(path)))
    kind = TYPES["SYSCALL_READ_X"]
    got = [x for batch in kept for x in batch.raw(batch.spans(kind, np.arange(len(batch))), 1)]
    assert got == [payload[i % 256] for i in range(1000)]


@pytest.mark.parametrize("name", ["demo", "udp", "exit_only_udp", "syscalls"])
def test_every_event_of_a_recording(root: Path, name: str) -> None:
    """Against the plainest possible reading of the file."""
    path = root / "captures" / f"{name}.scap"
    expected = []
    for kind, block in split(path.read_bytes()):
        if kind in b.EVENTS:
            flagged = kind in b.FLAGGED_EVENTS
            expected.append(struct.unpack_from("<QqIH", block, 14 if flagged else 10))
    batches = drain(open_capture(str(path)))
    sizes = [int(x) for batch in batches for x in batch.view("u4")[batch.off + 16]]
    assert list(zip(joined(batches, "ts"), joined(batches, "tid"), sizes, joined(batches, "type"))) == expected
    assert joined(batches, "num") == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("ending", ["scap", "pscap"])
def test_a_file_that_becomes_shorter(ending: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapped file would end the process."""
    from pysysdig.cli.main import main
    from pysysdig.sources.opening import open_any

    path = tmp_path / f"a.{ending}"
    monkeypatch.setattr("pysysdig.scap.reader.MAX_EVENTS", 128)
    monkeypatch.setattr("pysysdig.scap.reader.STEP", 8192)
    monkeypatch.setattr("pysysdig.scap.reader.NATIVE_STEP", 8192)
    monkeypatch.setattr("pysysdig.sources.input.LEAST", 4096)
    assert main(["-r", str(root / "captures/demo.scap"), "-w", str(path)]) == 0
    with open_any(str(path)) as capture:
        batches = capture.batches()
        next(batches)
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises(CaptureError, match="became shorter while it was read"):
            for batch in batches:
                assert len(batch.num)
