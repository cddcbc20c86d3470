"""Frames: what a .pscap file consists of, one after the other.

Each frame is a msgpack array of four: kind (text), meta (bin: a msgpack map), body (bin: blobs back to back), and the
CRC-32 of meta. The parts are always written in the same msgpack forms, so that a frame can be found and skipped without a
msgpack decoder. Each blob carries its own checksum in the meta or in the directory that meta points to: what nobody reads
is not checked, and costs nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import lz4.block

from pysysdig.errors import CaptureError
from pysysdig.trace.values import NOT_MSGPACK, Damage, dumps, listed, loads, stepwise, whole

VERSION = 2
HEADER, STATE, EVENTS, DROPS, INDEX, END = "pscap", "state", "event", "drops", "index", "final"
TITLES = {HEADER: "headers", STATE: "state", EVENTS: "events", DROPS: "losses", INDEX: "index", END: "index"}

# array of 4, text of 5 bytes, bin with a 32-bit length
_LEAD = struct.Struct(">2s5sBI")
_META_SIZE = struct.Struct(">I")
_BIN = struct.Struct(">BI")  # body
_TAIL = struct.Struct(">BI")  # checksum, as a 32-bit unsigned number
LEAD_SIZE = _LEAD.size
TAIL_SIZE = _TAIL.size
_ARRAY_TEXT = b"\x94\xa5"
_BIN32, _U32 = 0xC6, 0xCE

MAX_META = 16 << 20
MAX_BODY = 1 << 30
MAX_BLOB = 128 << 20  # unpacked
MAX_INDEX = 16 << 20
_WORTH = 64  # blobs below this are not compressed


class Body(Protocol):
    """The bytes of a frame's body: a memoryview, or a Region of a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> memoryview: ...


class Frame(NamedTuple):
    """One frame. meta: the decoded map; body: its bytes; at, end: offsets in the file."""

    kind: str
    meta: dict[str, Any]
    body: memoryview
    at: int
    end: int


class Blobs:
    """Collects the blobs of a body. `add` returns what describes one: [start, packed size, size, checksum]."""

    __slots__ = ("parts", "size")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, data: bytes) -> list[int]:
        """Append data, compressed where that helps (a blob as long as its data is stored as it is)."""
        packed = data
        if len(data) >= _WORTH:
            tried = lz4.block.compress(data, store_size=False)
            if len(tried) < len(data):
                packed = tried
        start = self.size
        self.parts.append(packed)
        self.size += len(packed)
        return [start, len(packed), len(data), zlib.crc32(packed)]

    def body(self) -> bytes:
        """All blobs."""
        return b"".join(self.parts)


def blob(body: Body, ref: Any, name: str = "", at: int | None = None) -> bytes:
    """The data of the blob that `ref` describes. Raises CaptureError if it is damaged."""
    start, end, size, checksum = _place(body, ref, name, at)
    return _unpacked(body[start:end], size, checksum, name, at)


def blob_later(body: Body, ref: Any, name: str = "", at: int | None = None) -> Callable[[], bytes]:
    """What gives `blob`, which is not looked at before: in memory of its own, if it is not in a file. Raises CaptureError if it
    lies outside."""
    start, end, size, checksum = _place(body, ref, name, at)
    if isinstance(body, memoryview):
        kept = bytes(body[start:end])
        return lambda: _unpacked(kept, size, checksum, name, at)
    return lambda: _unpacked(body[start:end], size, checksum, name, at)


def _place(body: Body, ref: Any, name: str, at: int | None) -> tuple[int, int, int, int]:
    """Where a blob is stored (start, end), its size, its checksum."""
    with Damage((name, at), "a part that makes no sense"):
        start, packed, size, checksum = items = listed(ref, 4)
        if not (type(start) is type(packed) is type(size) is type(checksum) is int and min(items) >= 0):
            raise ValueError
    if not (start + packed <= len(body) and size <= MAX_BLOB):
        raise CaptureError("damaged frame: a part lies outside", name, at)
    return start, start + packed, size, checksum


def _unpacked(data: bytes | memoryview, size: int, checksum: int, name: str, at: int | None) -> bytes:
    if zlib.crc32(data) != checksum:
        raise CaptureError("damaged frame: wrong checksum", name, at)
    if len(data) == size:
        return bytes(data)
    try:
        out: bytes = lz4.block.decompress(data, uncompressed_size=size)
    except (lz4.block.LZ4BlockError, ValueError, OverflowError, MemoryError):
        raise CaptureError("damaged frame: cannot be unpacked", name, at) from None
    if len(out) != size:
        raise CaptureError("damaged frame: cannot be unpacked", name, at)
    return out


def encode(kind: str, meta: dict[str, Any], body: bytes) -> bytes:
    """A frame as bytes."""
    head = dumps(meta)
    return b"".join(
        (
            _LEAD.pack(_ARRAY_TEXT, kind.encode(), _BIN32, len(head)),
            head,
            _BIN.pack(_BIN32, len(body)),
            body,
            _TAIL.pack(_U32, zlib.crc32(head)),
        )
    )


class Lengths(NamedTuple):
    """Where the parts of a frame are: kind, offsets of meta and body, end of the frame."""

    kind: str
    meta: int
    meta_end: int
    body: int
    body_end: int


def need(data: memoryview) -> int | Lengths:
    """The layout of the frame that data begins with, or how many bytes must be there to say more. Raises CaptureError."""
    if len(data) < _LEAD.size:
        return _LEAD.size
    meta_size: int
    lead, kind, form, meta_size = _LEAD.unpack_from(data)
    text = kind.decode("latin-1")
    if lead != _ARRAY_TEXT or form != _BIN32 or text not in TITLES or meta_size > MAX_META:
        raise CaptureError("no frame begins here")
    meta = _LEAD.size
    if len(data) - meta < meta_size + _BIN.size:
        return _LEAD.size + meta_size + _BIN.size
    form, body_size = _BIN.unpack_from(data, meta + meta_size)
    if form != _BIN32 or body_size > MAX_BODY:
        raise CaptureError("damaged frame")
    body = meta + meta_size + _BIN.size
    return Lengths(text, meta, meta + meta_size, body, body + body_size)


def frame(data: memoryview, where: Lengths, name: str = "", base: int = 0) -> Frame:
    """The frame that data begins with, which is complete; `base`: the offset of data in the file. Raises CaptureError."""
    head = data[where.meta : where.meta_end]
    form, checksum = _TAIL.unpack_from(data, where.body_end)
    if form != _U32 or checksum != zlib.crc32(head):
        raise CaptureError("damaged frame: wrong checksum", name, base)
    meta = loads(head, name, base)
    if not isinstance(meta, dict):
        raise CaptureError("damaged frame", name, base)
    end = where.body_end + _TAIL.size
    return Frame(where.kind, meta, data[where.body : where.body_end], base, base + end)


def index_frames(entries: list[bytes], at: int) -> bytes:
    """The two last frames of a file: its index (entries are packed, see Index), which begins at offset `at`, and the end."""
    blobs = Blobs()
    ref = blobs.add(b"\xdd" + len(entries).to_bytes(4, "big") + b"".join(entries))  # as msgpack: an array
    return encode(INDEX, {"frames": ref}, blobs.body()) + _end(at)


def _end(at: int) -> bytes:
    return encode(END, {"index": at.to_bytes(8, "little")}, b"")


END_SIZE = len(_end(0))


class Entry(NamedTuple):
    """What the index says of a frame: offset, meta of an events frame (else its kind), where its body begins (from `at`)."""

    at: int
    meta: dict[str, Any] | str
    head: int


def entry(at: int, meta: dict[str, Any] | str, data: bytes) -> bytes:
    """The entry, packed, of a frame of these bytes."""
    (size,) = _META_SIZE.unpack_from(data, _LEAD.size - _META_SIZE.size)
    return dumps([at, meta, _LEAD.size + size + _BIN.size])


def entries(data: bytes) -> Iterator[Entry]:
    """The inverse, one by one. Raises ValueError where it makes no sense."""
    if len(data) > MAX_INDEX:
        raise ValueError
    unpacker = stepwise(data)
    before = -1
    try:
        for _ in range(unpacker.read_array_header()):
            at, meta, head = listed(unpacker.unpack(), 3)
            if not (before < whole(at) and whole(head) > 0) or not isinstance(meta, (dict, str)):
                raise ValueError
            before = at
            yield Entry(at, meta, head)
    except NOT_MSGPACK:
        raise ValueError from None
