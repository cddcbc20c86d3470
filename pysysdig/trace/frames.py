"""Frames: what a .pscap file consists of, one after the other.

Each frame is a msgpack array of four: kind (text), meta (bin: a msgpack map), body (bin: blobs back to back), and the
CRC-32 of meta. The parts are always written in the same msgpack forms, so that a frame can be found and skipped without a
msgpack decoder. Each blob carries its own checksum in the meta or in the directory that meta points to: what nobody reads
is not checked, and costs nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import lz4.block
import msgpack

from pysysdig.errors import CaptureError

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
MAX_DECODED = 64 << 20  # bytes of msgpack: decoded, they may take twenty times as much
MAX_CONTAINERS = 1 << 20  # lists and maps among them: each takes seventy times its one byte
_SMALL = 1 << 20  # msgpack that cannot be large, whatever is in it
_WORTH = 64  # blobs below this are not compressed


# What msgpack values of another shape than a writer's raise where they are looked into. Not AttributeError, which only our own
# mistakes raise.
DAMAGED = (TypeError, ValueError, IndexError, KeyError, OverflowError)
NOT_MSGPACK = (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException)


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
    start, packed, size, checksum = ref
    if not (start >= 0 and packed >= 0 and start + packed <= len(body) and 0 <= size <= MAX_BLOB):
        raise CaptureError("damaged frame: a part lies outside", name, at)
    data = body[start : start + packed]
    if zlib.crc32(data) != checksum:
        raise CaptureError("damaged frame: wrong checksum", name, at)
    if packed == size:
        return bytes(data)
    try:
        out: bytes = lz4.block.decompress(data, uncompressed_size=size)
    except (lz4.block.LZ4BlockError, ValueError, OverflowError, MemoryError):
        raise CaptureError("damaged frame: cannot be unpacked", name, at) from None
    if len(out) != size:
        raise CaptureError("damaged frame: cannot be unpacked", name, at)
    return out


def member(value: Any, key: str) -> Any:
    """What a decoded map says under a key. Raises ValueError if it is no map, or does not say it."""
    if type(value) is not dict or key not in value:
        raise ValueError
    return value[key]


def listed(value: Any, count: int | None = None) -> list[Any]:
    """A decoded list, of so many items if `count` says so. Raises ValueError if it is something else."""
    if type(value) is not list or count not in (None, len(value)):
        raise ValueError
    return value


def dumps(value: Any) -> bytes:
    """msgpack of maps, lists, integers, bytes and text."""
    packed: bytes = msgpack.packb(value)
    return packed


def loads(data: bytes | memoryview, name: str = "", at: int | None = None, *, count: _Containers | None = None) -> Any:
    """The value in msgpack data. Raises CaptureError. count: what limits the lists and maps of several values together."""
    if len(data) > MAX_DECODED:
        raise CaptureError("damaged frame: more than any frame has", name, at)
    try:
        if count is None and len(data) < _SMALL:
            return msgpack.unpackb(data, strict_map_key=False)
        count = count or _Containers()
        return msgpack.unpackb(data, strict_map_key=False, object_hook=count.take, list_hook=count.take)
    except NOT_MSGPACK:
        raise CaptureError("damaged frame: not msgpack", name, at) from None


class Values:
    """The values in a msgpack map of texts, decoded when they are asked for: of most rows nobody wants most attributes."""

    __slots__ = ("_count", "_data", "_places", "_where")

    def __init__(self, data: bytes, name: str = "", at: int | None = None) -> None:
        """Raises CaptureError. What is wrong within a value is found when it is decoded."""
        if len(data) > MAX_DECODED:
            raise CaptureError("damaged frame: more than any frame has", name, at)
        self._data = memoryview(data)
        self._where = (name, at)
        self._count = None if len(data) < _SMALL else _Containers()
        self._places: dict[str, tuple[int, int]] = {}
        keys = _Containers()
        try:
            unpacker = msgpack.Unpacker(
                strict_map_key=False, max_buffer_size=len(data), object_hook=keys.take, list_hook=keys.take
            )
            unpacker.feed(data)
            for _ in range(unpacker.read_map_header()):
                key = unpacker.unpack()
                start = unpacker.tell()
                unpacker.skip()
                if isinstance(key, str):
                    self._places[key] = (start, unpacker.tell())
            if unpacker.tell() != len(data):
                raise ValueError
        except NOT_MSGPACK:
            raise CaptureError("damaged frame: not msgpack", name, at) from None

    def get(self, name: str) -> Any:
        """The value of that name, None if there is none. Raises CaptureError."""
        if name not in self._places:
            return None
        start, end = self._places[name]
        return loads(self._data[start:end], *self._where, count=self._count)


class _Containers:
    """Refuses more lists and maps than a frame has, while they are made."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_CONTAINERS

    def take(self, value: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ValueError
        return value


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
    """The inverse, one by one. Raises ValueError and the like where it makes no sense."""
    if len(data) > MAX_INDEX:
        raise ValueError
    count = _Containers()
    unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=MAX_INDEX, object_hook=count.take, list_hook=count.take)
    unpacker.feed(data)
    before = -1
    for _ in range(unpacker.read_array_header()):
        at, meta, head = unpacker.unpack()
        if not (type(at) is type(head) is int and before < at and head > 0) or not isinstance(meta, (dict, str)):
            raise ValueError
        before = at
        yield Entry(at, meta, head)
