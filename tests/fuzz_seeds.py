"""Small sound captures for the fuzzer to damage: synthetic ones that have every kind of block, and cuts of recordings."""

from __future__ import annotations

import random
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD, SIZES, TYPES, load
from pysysdig.scap import blocks as b
from pysysdig.scap import build as sc
from pysysdig.state import build as st
from pysysdig.state import snapshot as s
from pysysdig.trace import frames
from pysysdig.trace.values import dumps, loads
from tests import pieces

TRACE = b"\x94\xa5pscap"
PAIRS = (
    "SYSCALL_OPENAT_2", "SYSCALL_READ", "SYSCALL_WRITE", "SYSCALL_CLOSE", "SYSCALL_CLONE_20", "SYSCALL_EXECVE_19",
    "SOCKET_SOCKET", "SOCKET_CONNECT", "SOCKET_SENDTO", "SOCKET_ACCEPT_5", "SYSCALL_DUP", "SYSCALL_CHDIR", "SYSCALL_POLL",
)  # fmt: skip
WORKLOAD = [name + way for name in PAIRS for way in ("_E", "_X")] + ["SCHEDSWITCH_6_E", "PROCEXIT_1_E"]


def synthetic() -> list[bytes]:
    """Captures that together hold every block type and a wide choice of events, of both generations."""
    fds = [
        st.fd(0, "/dev/null"),
        st.fd(3, type_=s.FD_IPV4_SOCK, sip="127.0.0.1", sport=4000, dip="127.0.0.1", dport=80, l4=2),
        st.fd(4, type_=s.FD_IPV6_SOCK, sip="::1", sport=4000, dip="::1", dport=80, l4=3),
        st.fd(5, type_=s.FD_IPV4_SERVSOCK, sip="0.0.0.0", sport=80, l4=2),
        st.fd(6, type_=s.FD_IPV6_SERVSOCK, sip="::", sport=80, l4=2),
        st.fd(7, "/run/socket", s.FD_UNIX_SOCK, source=1, destination=2),
        st.fd(8, "pipe:[1]", s.FD_FIFO),
        st.fd(9, "memfd:x", s.FD_MEMFD),
        st.fd(10, type_=s.FD_UNKNOWN),
    ]
    env = ["PATH=/bin:/usr/bin", "HOME=/root"]
    cgroups = ["cpuset=/docker/" + "0123456789abcdef" * 4, "memory=/"]
    before = st.snapshot(
        st.process(1, "init", ptid=0),
        st.process(100, "sh", env=env, cgroups=cgroups, args=["-c", "cat a b"], fds=fds),
        st.process(101, "sh", pid=100, ptid=1),
        st.process(200, "cat", ptid=100, loginuid=1000, tty=34816, vpid=2, vtid=2),
        accounts=[st.user(0, "root"), st.user(1000, "me"), s.GroupEntry(0, "root")],
        interfaces=[
            st.interface("lo", "127.0.0.1", 8),
            st.interface("eth0", "192.0.2.2", 24),
            st.interface("lo", "::1", 128),
        ],
    )
    out = []
    for generation in (OLD, CURRENT):
        events = list(every_event(generation))
        out.append(sc.capture_bytes(before, events[: len(events) // 2]))
        out.append(sc.capture_bytes(before, events[len(events) // 2 :]))
    plain = sc.capture_bytes(before, [])
    kinds = [b.EVENT_V2, b.EVENT_FLAGS_V2, b.EVENT_LARGE, b.EVENT_FLAGS_LARGE]
    some = [ev.event(n, 10**18 + i, 100, values(n, OLD), hidden=i % 3 == 0) for i, n in enumerate(WORKLOAD)]
    old = [e._replace(data=e.data[:16] + struct.pack("<I", len(e.data) - 4) + e.data[20:22] + e.data[26:], v1=True) for e in some]
    out.append(plain + b"".join(pieces.event_block(e, kinds[i % 4]) for i, e in enumerate(some)))
    out.append(
        old_lists()
        + b"".join(pieces.event_block(e, (b.EVENT_V1, b.EVENT_FLAGS_V1, 0x8010ABCD)[i % 3]) for i, e in enumerate(old))
    )
    return out


def old_lists() -> bytes:
    """A section header and metadata blocks of the old versions."""
    header = struct.pack("<IHHQ", b.BYTE_ORDER_MAGIC, 1, 0, 0xFFFFFFFFFFFFFFFF)
    text = struct.pack("<H", 2) + b"sh"
    none = struct.pack("<H", 0)
    out = pieces.block(b.SECTION_HEADER, header) + pieces.block(
        0x8002ABCD, struct.pack("<IQQ128s4Q", 1, 2, 3, b"host", 0, 0, 0, 0)
    )
    out += pieces.block(b.INTERFACE_LIST_V1, struct.pack("<HH4s4s4sQ", 1, 2, b"\x7f\0\0\1", b"\xff\0\0\0", bytes(4), 0) + b"lo")
    out += pieces.block(0x8011ABCD, struct.pack("<HH16s16s16s", 4, 2, bytes(16), bytes(16), bytes(16)) + b"lo")
    out += pieces.block(0x8012ABCD, struct.pack("<BII", 0, 0, 0) + text + text + none + struct.pack("<BI", 1, 0) + text)
    for kind, version in b.PROCESS_LISTS.items():
        if version == 9:
            continue
        entry = struct.pack("<3q", 100 + version, 100 + version, 1)
        entry += struct.pack("<q", 1) * ((version >= 6) + (version >= 8)) + text + text + (text if version >= 7 else b"")
        entry += none + text + struct.pack("<qIII", 1024, 0, 0, 0)
        entry += struct.pack("<IIIQQ", 1, 2, 3, 4, 5) if version >= 2 else b""
        entry += text if version >= 3 else b""
        entry += struct.pack("<qq", 1, 1) + none if version >= 4 else b""
        entry += text if version >= 5 else b""
        out += pieces.block(kind, entry)
    fd = (
        struct.pack("<qQB", 1, 5, s.FD_FILE)
        + text
        + struct.pack("<qQB4s4sHHB", 3, 6, s.FD_IPV4_SOCK, bytes(4), bytes(4), 1, 2, 2)
    )
    return out + pieces.block(b.FD_LIST_V1, struct.pack("<q", 101) + fd) + pieces.block(0x777, b"something else")


def every_event(generation: str) -> Iterator[ev.Event]:
    """One event of each type of a generation, with plausible parameters, on three threads."""
    at = 10**18
    for info in load(generation):
        enter = not info.type & 1
        if info.name == "NA" or (generation == CURRENT and enter and info.category & 512):
            continue
        at += 1000
        yield ev.event(
            info.enum,
            at,
            (100, 101, 200, 999)[info.type // 2 % 4],
            values(info.enum, generation),
            cpu=info.type % 4,
            generation=generation,
        )


def values(name: str, generation: str) -> list[Any]:
    """Plausible parameters of an event type."""
    out: list[Any] = []
    for i, p in enumerate(load(generation)[TYPES[name]].params):
        if p.type in ev.TEXTS:
            out.append(("etc/passwd", "/tmp/x", "<NA>", "a\x1bb")[i % 4])
        elif p.type == "BYTEBUF":
            out.append([b"GET / HTTP/1.1\r\n", b"\0\1\2\xff", ["A=1", "B=2"]][i % 3])
        elif p.type == "SOCKADDR":
            out.append([("127.0.0.1", 80), "/run/socket", ("::1", 53)][TYPES[name] // 2 % 3])
        elif p.type == "SOCKTUPLE":
            out.append([("127.0.0.1", 4000, "127.0.0.1", 80), (1, 2, "/run/socket"), ("::1", 1, "::1", 53)][TYPES[name] // 2 % 3])
        elif p.type == "FDLIST":
            out.append([(3, 1), (4, 2)])
        elif p.type == "DYN":
            out.append((0, b"\1\2\3\4"))
        elif p.type in SIZES:
            out.append({"fd": 3, "res": 5, "dirfd": -100, "tid": 200, "pid": 200, "ptid": 100}.get(p.name, i))
        else:
            out.append(b"")
    return out


def recorded(directory: Path, events: int = 150) -> list[bytes]:
    """The recordings of a directory, cut to metadata and a stretch of their events."""
    out = []
    for path in sorted(directory.glob("*.scap")):
        parts = list(split(path.read_bytes()))
        first = next(i for i, (kind, _) in enumerate(parts) if kind in b.EVENTS)
        for at in (first, first + 800):
            out.append(b"".join(data for _, data in parts[:first]) + b"".join(data for _, data in parts[at : at + events]))
    return out


def split(data: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """The blocks of a sound capture: (type, bytes)."""
    at = 0
    while at + b.HEADER <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if not b.HEADER <= length <= len(data) - at:
            break
        yield kind, bytes(data[at : at + length])
        at += length


def traces(captures: list[bytes]) -> list[bytes]:
    """Captures as our own traces: complete and filtered ones."""
    from pysysdig.cli.main import main

    out = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.scap"), Path(folder, "a.pscap")
        for i, data in enumerate(captures):
            source.write_bytes(data)
            if main(["-r", str(source), "-w", str(target), *[["evt.num>20"], []][i % 2]]) == 0 and target.exists():
                out.append(target.read_bytes())
                target.unlink()
    return out


def reworded(rng: random.Random, data: bytes) -> bytes:
    """A trace in which one frame says something else, with the right checksums."""
    found, at = [], 0
    while at < len(data):
        lengths = frames.need(memoryview(data)[at:])
        assert not isinstance(lengths, int)
        found.append(frames.frame(memoryview(data)[at:], lengths, "", at))
        at = found[-1].end
    frame = rng.choice(found)
    meta, body = dict(frame.meta), bytearray(frame.body)
    parts = [k for k in ("snapshot", "state", "directory", "files", "frames") if isinstance(meta.get(k), list)]
    if parts and rng.random() < 0.8:
        part = rng.choice(parts)
        value = loads(frames.blob(frame.body, meta[part]))
        packed = dumps(_reworded(rng, value))
        meta[part] = [len(body), len(packed), len(packed), zlib.crc32(packed)]
        body += packed
    else:
        meta = _reworded(rng, meta)
    return data[: frame.at] + frames.encode(frame.kind, meta, bytes(body)) + data[frame.end :]


_ODD: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    7,
    255,
    65536,
    1 << 20,
    1 << 31,
    1 << 40,
    (1 << 64) - 1,
    -(1 << 63),
    "",
    "x",
    b"",
    None,
    [],
    {},
    True,
    0.5,
)


def _reworded(rng: random.Random, value: Any) -> Any:
    """The value with one thing in it changed."""
    if isinstance(value, dict) and value and rng.random() < 0.95:
        key = rng.choice(list(value))
        return {**value, key: _reworded(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        i = rng.randrange(len(value))
        return [*value[:i], _reworded(rng, value[i]), *value[i + 1 :]]
    if type(value) is int and rng.random() < 0.5:
        return value + rng.choice((-2, -1, 1, 2, 256))
    return rng.choice(_ODD)
