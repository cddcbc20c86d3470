"""Writing captures: a section header, the metadata of a Snapshot, event blocks.

Block versions are the ones every writer uses since format 1.2: they can be read by sysdig 0.29, 0.36 and the current
libraries. Events are written as they are encoded; those of version 1 headers get their parameter count.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from pysysdig.events.arrays import among, copy_spans
from pysysdig.events.batch import EventBatch
from pysysdig.events.layout import HEADER_V1, HEADER_V2, LENGTH
from pysysdig.events.spans import TOO_LONG, slack
from pysysdig.events.table import CURRENT, LARGE_PAYLOAD, load
from pysysdig.scap import blocks as b
from pysysdig.state import snapshot as s

Ints = npt.NDArray[np.int64]

# what sysdig's reader takes (facts: scap-format.md); it refuses a file with more
MAX_PATH = 1024
MAX_LIST = 4096
MAX_FD_NAME = 1023
MAX_ACCOUNT = 255
_IP_SOCKETS = (s.FD_IPV4_SOCK, s.FD_IPV6_SOCK)
_SERVER_SOCKETS = (s.FD_IPV4_SERVSOCK, s.FD_IPV6_SERVSOCK)
# what sysdig 0.29 does not know: it refuses the whole file ("wrong fd type 17")
_LATER_FDS = (s.FD_BPF, s.FD_USERFAULTFD, s.FD_IOURING, s.FD_MEMFD, s.FD_PIDFD)


class CaptureWriter:
    """Writes one capture to a binary file (which the caller opens and closes)."""

    def __init__(self, file: BinaryIO, snapshot: s.Snapshot) -> None:
        """Writes everything that comes before the events."""
        self._file = file
        self._large = np.array([bool(e.flags & LARGE_PAYLOAD) for e in load(CURRENT)])
        header = struct.pack("<IHHQ", b.BYTE_ORDER_MAGIC, b.MAJOR_VERSION, b.MINOR_VERSION, 0xFFFFFFFFFFFFFFFF)
        self._block(b.SECTION_HEADER, header)
        host = struct.pack("128s", snapshot.hostname.encode("latin-1")[:127])
        numbers = _packed("IQQ", snapshot.num_cpus, snapshot.memory_bytes, snapshot.max_pid)
        self._block(b.MACHINE_INFO, numbers + host + _packed("QQQQ", snapshot.boot_ts, 0, 0, 0))
        ordered = sorted(snapshot.interfaces, key=lambda i: len(i.addr))  # readers want the IPv4 ones first
        self._block(b.INTERFACE_LIST_V2, b"".join(map(_interface, ordered)))
        self._block(b.USER_LIST_V2, b"".join(map(_account, snapshot.accounts)))
        self._block(b.PROCESS_LIST_V9, b"".join(map(_process, snapshot.processes)))
        for p in snapshot.processes:
            if p.fds:
                self._block(b.FD_LIST_V2, _packed("q", p.tid) + b"".join(map(_fd, p.fds)))

    def write(self, batch: EventBatch, sel: Ints | None = None) -> None:
        """Append the events of a batch, or those at the positions `sel`."""
        self._file.write(self.encode(batch, np.arange(len(batch)) if sel is None else sel)[0])

    def encode(self, batch: EventBatch, where: Ints) -> tuple[bytes, Ints]:
        """The blocks of the events at the positions `where`, and where each of them ends."""
        return _blocks(batch, where, self._large) if len(where) else (b"", where)

    def _block(self, kind: int, body: bytes) -> None:
        self._file.write(_block(kind, body))


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = len(body) + b.HEADER + b.TRAILER
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _blocks(batch: EventBatch, where: Ints, large: npt.NDArray[np.bool_]) -> tuple[bytes, Ints]:
    """The blocks of the events at `where` (at least one), and their ends."""
    off = batch.off[where]
    size = batch.view("u4")[off + LENGTH].astype(np.int64)
    kinds = batch.type[where]
    head, added = HEADER_V2, 0
    if batch.v1:
        size -= np.where(among(kinds, TOO_LONG), slack(TOO_LONG[0]), 0)
        head, added = HEADER_V1, 4
    flagged = np.zeros(len(where), bool) if batch.hidden is None else batch.hidden[where]
    event = b.HEADER + b.CPU + b.FLAGS * flagged.astype(np.int64)
    block = (event + size + added + 3) // 4 * 4 + b.TRAILER
    end = np.cumsum(block)
    start = end - block
    event += start
    out = np.zeros(int(end[-1]) + 8, np.uint8)
    u2, u4 = (np.ndarray((len(out) - n + 1,), f"<u{n}", out, strides=(1,)) for n in (2, 4))
    u4[start] = np.where(large[kinds], b.EVENT_LARGE, b.EVENT_V2) + flagged
    u4[start + 4] = block
    u4[end - b.TRAILER] = block
    u2[start + b.HEADER] = batch.cpu[where]
    u4[start[flagged] + b.HEADER + b.CPU] = b.STATE_ONLY
    if batch.v1:
        copy_spans(batch.buf, off, out, event, np.full(len(where), head))
        u4[event + LENGTH] = size + added
        u4[event + head] = _counts(batch, where)
        copy_spans(batch.buf, off + head, out, event + HEADER_V2, size - head)
    else:
        copy_spans(batch.buf, off, out, event, size)
    return out[: int(end[-1])].tobytes(), end


def _counts(batch: EventBatch, where: Ints) -> Ints:
    """Parameter counts of the events at `where` of a batch whose headers lack them."""
    counts = np.zeros(len(batch), np.int64)
    for kind in batch.types(where):
        pos = batch.positions(kind, where)
        counts[pos] = (batch.spans(kind, pos).length >= 0).sum(axis=0)
    return counts[where]


_WIDTHS = {"B": 1, "H": 2, "I": 4, "Q": 8, "q": 8}


def _packed(form: str, *values: int) -> bytes:
    """Numbers, little-endian; of those that a field cannot hold (damaged traces have them) the lowest bits."""
    try:
        return struct.pack("<" + form, *values)
    except struct.error:
        return b"".join((v & (1 << 8 * _WIDTHS[c]) - 1).to_bytes(_WIDTHS[c], "little") for c, v in zip(form, values))


def _text(text: str, most: int = MAX_PATH) -> bytes:
    raw = text.encode("latin-1")[:most]
    return _packed("H", len(raw)) + raw


def _texts(items: list[str]) -> bytes:
    raw = b"".join(item.encode("latin-1") + b"\0" for item in items)[:MAX_LIST]
    return _packed("H", len(raw)) + raw


def _sized(body: bytes) -> bytes:
    """An entry behind its length, which counts itself."""
    return _packed("I", len(body) + 4) + body


def _interface(i: s.InterfaceEntry) -> bytes:
    name = i.name.encode("latin-1")[:MAX_FD_NAME]
    body = _packed("HH", 2 if len(i.addr) == 16 else 1, len(name)) + i.addr + i.netmask + i.broadcast
    body += _packed("Q", i.linkspeed) + name
    return _packed("I", len(body)) + body  # this length does not count itself


def _account(a: s.UserEntry | s.GroupEntry) -> bytes:
    if isinstance(a, s.UserEntry):
        return _sized(_packed("BII", 0, a.uid, a.gid) + b"".join(_text(t, MAX_ACCOUNT) for t in (a.name, a.home, a.shell)))
    return _sized(_packed("BI", 1, a.gid) + _text(a.name, MAX_ACCOUNT))


def _process(p: s.ProcessEntry) -> bytes:
    return _sized(
        _packed("qqqqq", p.tid, p.pid, p.ptid, p.sid, p.vpgid)
        + _text(p.comm)
        + _text(p.exe)
        + _text(p.exepath)
        + _texts(p.args)
        + _text(p.cwd)
        + _packed("qIII", p.fdlimit, p.flags, p.uid, p.gid)
        + _packed("IIIQQ", p.vmsize_kb, p.vmrss_kb, p.vmswap_kb, p.pfmajor, p.pfminor)
        + _texts(p.env)
        + _packed("qq", p.vtid, p.vpid)
        + _texts(p.cgroups)
        + _text(p.root)
        + _packed("QIIB", p.pidns_init_start_ts, p.tty, p.loginuid, p.exe_writable)
        + _packed("QQQ", p.cap_inheritable, p.cap_permitted, p.cap_effective)
        + _packed("BQQQ", p.exe_upper_layer, p.exe_ino, p.exe_ino_ctime, p.exe_ino_mtime)
        + _packed("BBq", p.exe_from_memfd, p.exe_lower_layer, p.pgid)
    )


def _fd(f: s.FdEntry) -> bytes:
    body = _packed("qQB", f.fd, f.ino, s.FD_UNSUPPORTED if f.type in _LATER_FDS else f.type)
    if f.type in _IP_SOCKETS:
        body += f.sip + f.dip + _packed("HHB", f.sport, f.dport, f.l4)
    elif f.type in _SERVER_SOCKETS:
        body += f.sip + _packed("HB", f.sport, f.l4)
    elif f.type == s.FD_UNIX_SOCK:
        body += _packed("QQ", f.source, f.destination) + _text(f.name, MAX_FD_NAME)
    elif f.type == s.FD_FILE_V2:
        body += _packed("I", f.flags) + _text(f.name, MAX_FD_NAME) + _packed("I", f.dev)
    elif f.type != s.FD_UNKNOWN:
        body += _text(f.name, MAX_FD_NAME)
    return _sized(body)
