"""The blocks before the first event: machine, interfaces, accounts, processes, descriptors -> Snapshot.

Lists are parsed entry by entry out of a window, so a block never has to be in memory as a whole. Newer list blocks
(V9 processes, V2 others) start each entry with its length: fields are only ever appended, and what is longer than known
is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from pysysdig.errors import CaptureError, TruncatedError
from pysysdig.scap import blocks as b
from pysysdig.sources.input import Source
from pysysdig.state import snapshot as s

WINDOW = 1 << 20
TAIL_A_LENGTH = 29  # bytes of loginuid, exe_writable and the capabilities

Parse = Callable[[bytes, int, int], int]  # (data, position, end) -> position after the entry

_IP4 = struct.Struct("<4s4sHHB")
_IP6 = struct.Struct("<16s16sHHB")
_IP4_SERVER = struct.Struct("<4sHB")
_IP6_SERVER = struct.Struct("<16sHB")
_FD_HEAD = struct.Struct("<qQB")
_NAMED_FDS = frozenset(
    {s.FD_FILE, s.FD_DIRECTORY, s.FD_FIFO, s.FD_EVENT, s.FD_UNSUPPORTED, s.FD_SIGNALFD, s.FD_EVENTPOLL, s.FD_INOTIFY}
    | {s.FD_TIMERFD, s.FD_NETLINK, s.FD_BPF, s.FD_USERFAULTFD, s.FD_IOURING, s.FD_MEMFD, s.FD_PIDFD}
)
# (field, struct code) of what may follow `root` in a V9 process entry, in order
_TAIL_B_HEAD = (("pidns_init_start_ts", "Q"), ("tty", "I"))
_TAIL = (
    ("loginuid", "I"), ("exe_writable", "B"), ("cap_inheritable", "Q"), ("cap_permitted", "Q"), ("cap_effective", "Q"),
    ("exe_upper_layer", "B"), ("exe_ino", "Q"), ("exe_ino_ctime", "Q"), ("exe_ino_mtime", "Q"), ("exe_from_memfd", "B"),
    ("exe_lower_layer", "B"), ("pgid", "q"),
)  # fmt: skip
_FLAGS = frozenset({"exe_writable", "exe_upper_layer", "exe_from_memfd", "exe_lower_layer"})


class _Bad(Exception):
    """An entry that does not fit where it stands: (message, position in the data)."""


def read_metadata(source: Source, at: int) -> tuple[s.Snapshot, int]:
    """Parse one section's header and metadata, which start at offset `at` of the stream.

    Returns the snapshot and the offset of the first event block. Raises CaptureError if this is not a capture, is
    damaged, or has no events; TruncatedError if it stops before the first event.
    """
    return _Metadata(source, at).read()


class _Metadata:
    """The state of one `read_metadata`: the place in the stream, the snapshot so far and what it costs."""

    def __init__(self, source: Source, at: int) -> None:
        self.source = source
        self.at = at
        self.snapshot = s.Snapshot()
        self.memory = 0
        self.by_tid: dict[int, s.ProcessEntry] = {}
        self.lists: dict[bytes, list[str]] = {}  # threads of a process share equal args, env and cgroups

    def read(self) -> tuple[s.Snapshot, int]:
        self._section_header()
        while True:
            head = self._peek(b.HEADER)
            if not head and self.source.at_end:
                self._check_failure()
                if self.source.cut:
                    raise TruncatedError("truncated before the first event", self.source.name, self.at)
                raise CaptureError("no events in file", self.source.name, self.at)
            kind, length = struct.unpack("<II", self._bytes(b.HEADER))
            if kind in b.EVENTS:
                return self.snapshot, self.at
            self._block(b.PRE_RELEASE.get(kind, kind), length)

    def _section_header(self) -> None:
        head = self._peek(b.HEADER)
        magic = struct.pack("<I", b.SECTION_HEADER)
        if not head or not magic.startswith(head[:4]):
            self._check_failure()
            what = "the file is empty" if not head else f"not a capture (starts with {head.hex(' ')})"
            raise CaptureError(what, self.source.name, self.at)
        _, length = struct.unpack("<II", self._bytes(b.HEADER))
        if not 28 <= length <= b.MAX_EVENT_BLOCK:
            raise self._error(f"section header of {length} bytes")
        body = self._bytes(length)[b.HEADER :]
        order, major, minor = struct.unpack_from("<IHH", body)
        if order == int.from_bytes(b.BYTE_ORDER_MAGIC.to_bytes(4, "big"), "little"):
            raise self._error("a capture of a big-endian machine")
        if order != b.BYTE_ORDER_MAGIC:
            raise self._error("not a capture (wrong magic number)")
        if major > b.MAJOR_VERSION:
            raise self._error(f"a capture of format version {major}.{minor}, newer than this program")
        self._trailer(body[-b.TRAILER :], length)
        self.at += length

    def _block(self, kind: int, length: int) -> None:
        """Parse the block at `self.at` and step behind it."""
        if not b.HEADER + b.TRAILER <= length <= b.MAX_METADATA_BLOCK:
            raise self._error(f"block {kind:#x} of {length} bytes")
        parse = self._parser(kind)
        start = self.at
        if kind == b.INTERFACE_LIST_V2:
            self._interface_block(length)
            return
        self.at += b.HEADER
        end = start + length - b.TRAILER
        if kind == b.MACHINE_INFO:
            self._machine_info(self._bytes(min(end - self.at, 180)))
        elif kind in (b.FD_LIST_V1, b.FD_LIST_V2):
            if end - self.at < 8:
                raise self._error("descriptor list without a thread id")
            owner = self.by_tid.get(*struct.unpack("<q", self._bytes(8)))
            self.at += 8
            self._entries(end, self._fd_parser(owner, kind == b.FD_LIST_V2))
        elif parse is not None:
            self._entries(end, parse)
        self._skip(end)
        self._trailer(self._bytes(b.TRAILER), length)
        self.at += b.TRAILER

    def _parser(self, kind: int) -> Parse | None:
        if kind in b.PROCESS_LISTS:
            version = b.PROCESS_LISTS[kind]
            return lambda data, at, end: self._process(data, at, end, version)
        if kind in (b.USER_LIST_V1, b.USER_LIST_V2):
            self.snapshot.accounts = []  # a second list replaces the first
            return lambda data, at, end: self._account(data, at, end, kind == b.USER_LIST_V2)
        if kind == b.INTERFACE_LIST_V1:
            self.snapshot.interfaces = []
            return self._interface
        return None

    def _entries(self, end: int, parse: Parse) -> None:
        """Call `parse` for each entry up to offset `end`; fewer than 4 bytes left are padding."""
        while end - self.at >= 4:
            data = self._bytes(min(end - self.at, WINDOW + b.MAX_ENTRY))
            whole = self.at + len(data) == end
            at = 0
            try:
                while len(data) - at >= (4 if whole else b.MAX_ENTRY):
                    at = parse(data, at, len(data))
                    if self.memory > b.MAX_METADATA_MEMORY:
                        raise _Bad(f"more metadata than fits into {b.MAX_METADATA_MEMORY >> 20} MB", at)
            except (_Bad, struct.error) as e:
                what, where = e.args if isinstance(e, _Bad) else ("an entry crosses the end of its block", at)
                raise CaptureError(f"corrupt metadata: {what}", self.source.name, self.at + where) from None
            self.at += at

    # --- the entries ---

    def _machine_info(self, body: bytes) -> None:
        body = body.ljust(180, b"\0")
        m = self.snapshot
        m.num_cpus, m.memory_bytes, m.max_pid, host, m.boot_ts = struct.unpack_from("<IQQ128sQ", body)
        m.hostname = _c_text(host)

    def _process(self, data: bytes, at: int, end: int, version: int) -> int:
        start = at
        length, at, end = _entry(data, at, end, version >= 9)
        p = s.ProcessEntry()
        p.tid, p.pid, p.ptid = struct.unpack_from("<qqq", data, at)
        at += 24
        if version >= 6:
            (p.sid,) = struct.unpack_from("<q", data, at)
            at += 8
        if version >= 8:
            (p.vpgid,) = struct.unpack_from("<q", data, at)
            at += 8
        p.comm, at = _text(data, at, end)
        p.exe, at = _text(data, at, end)
        if version >= 7:
            p.exepath, at = _text(data, at, end)
        raw, at = _blob(data, at, end)
        p.args = self._list(raw[:-1] if raw.endswith(b"\0") else raw) if raw else []
        p.cwd, at = _text(data, at, end)
        p.fdlimit, p.flags, p.uid, p.gid = struct.unpack_from("<qIII", data, at)
        at += 20
        if version >= 2:
            p.vmsize_kb, p.vmrss_kb, p.vmswap_kb, p.pfmajor, p.pfminor = struct.unpack_from("<IIIQQ", data, at)
            at += 28
        if version >= 3:
            raw, at = _blob(data, at, end)
            raw = raw.rstrip(b"\0")
            p.env = self._list(raw) if raw else []
        if version >= 4:
            p.vtid, p.vpid = struct.unpack_from("<qq", data, at)
            raw, at = _blob(data, at + 16, end)
            raw = raw.rstrip(b"\0")
            p.cgroups = self._list(raw) if raw else []
        if version >= 5:
            p.root, at = _text(data, at, end)
        if length:
            if at > end:
                raise _Bad(f"process entry of {length} bytes is too short", start)
            _process_tail(p, data, at, end)
            at = end
        self.memory += 900 + at - start
        self.snapshot.processes.append(p)
        self.by_tid[p.tid] = p
        return at

    def _list(self, raw: bytes) -> list[str]:
        got = self.lists.get(raw)
        if got is None:
            got = self.lists[raw] = str(raw, "latin-1").split("\0")
            self.memory += 2 * len(raw) + 60 * len(got)
        return got

    def _fd_parser(self, owner: s.ProcessEntry | None, v2: bool) -> Parse:
        def parse(data: bytes, at: int, end: int) -> int:
            start = at
            length, at, end = _entry(data, at, end, v2)
            fd, ino, kind = _FD_HEAD.unpack_from(data, at)
            entry, at = _fd(data, at + _FD_HEAD.size, end, s.FdEntry(fd, ino, kind), bool(length))
            if length:
                if at > end:
                    raise _Bad(f"descriptor entry of {length} bytes is too short", start)
                at = end
            self.memory += 300 + len(entry.name)
            if owner is not None:
                owner.fds.append(entry)
            return at

        return parse

    def _account(self, data: bytes, at: int, end: int, v2: bool) -> int:
        start = at
        length, at, end = _entry(data, at, end, v2)
        account: s.UserEntry | s.GroupEntry
        if data[at : at + 1] == b"\0":
            uid, gid = struct.unpack_from("<II", data, at + 1)
            name, at = _text(data, at + 9, end)
            home, at = _text(data, at, end)
            shell, at = _text(data, at, end)
            account = s.UserEntry(uid, gid, name, home, shell)
        else:
            (gid,) = struct.unpack_from("<I", data, at + 1)
            name, at = _text(data, at + 5, end)
            account = s.GroupEntry(gid, name)
        self.memory += 300 + at - start
        self.snapshot.accounts.append(account)
        return end if length else at

    def _interface(self, data: bytes, at: int, end: int) -> int:
        name_length: int
        kind, name_length = struct.unpack_from("<HH", data, at)
        if not 1 <= kind <= 4:
            raise _Bad(f"interface of unknown type {kind}", at)
        size = 16 if kind in (2, 4) else 4
        addr, netmask, broadcast = struct.unpack_from(f"{size}s{size}s{size}s", data, at + 4)
        at += 4 + 3 * size
        speed = 0
        if kind <= 2:
            (speed,) = struct.unpack_from("<Q", data, at)
            at += 8
        if at + name_length > end:
            raise struct.error
        name = _c_text(data[at : at + name_length])
        self.memory += 400 + name_length
        self.snapshot.interfaces.append(s.InterfaceEntry(name, addr, netmask, broadcast, speed))
        return at + name_length

    def _interface_block(self, length: int) -> None:
        """A V2 interface list. sysdig (0.29, 0.36) that saves a V1 list again writes the V2 block with a length that
        lacks 4 bytes an entry; it is recovered by looking for the trailer behind each entry."""
        start = self.at
        if length > b.MAX_ENTRY:
            raise self._error(f"interface list of {length} bytes")
        self.snapshot.interfaces = []
        trailer = struct.pack("<I", length)
        declared = self._peek(length)
        sound = len(declared) == length and declared[-b.TRAILER :] == trailer
        data = self._bytes(length) if sound else self._peek(length + b.MAX_EVENT_BLOCK)
        end = length - b.TRAILER if sound else len(data)
        at = b.HEADER
        try:
            while sound and end - at >= 4 or not sound and data[at + -at % 4 : at + -at % 4 + b.TRAILER] != trailer:
                (size,) = struct.unpack_from("<I", data, at)
                self._interface(data, at + 4, _entry_end(at + 4, size, end))
                at += 4 + size
                if self.memory > b.MAX_METADATA_MEMORY:
                    raise _Bad("too many interfaces", at)
        except (_Bad, struct.error):
            if not sound and self.source.at_end and len(data) < length:
                raise TruncatedError("truncated in its interface list", self.source.name, start + len(data)) from None
            raise CaptureError("corrupt interface list", self.source.name, start + at) from None
        self.at += length if sound else at + -at % 4 + b.TRAILER

    # --- bytes ---

    def _peek(self, size: int) -> bytes:
        """Up to `size` bytes from `self.at`."""
        return self.source.region(self.at, size, size, self.at).tobytes()

    def _bytes(self, size: int) -> bytes:
        """Exactly `size` bytes from `self.at`."""
        data = self._peek(size)
        if len(data) < size:
            self._check_failure()
            end = self.at + len(data)
            raise TruncatedError("truncated before the first event", self.source.name, end)
        return data

    def _skip(self, end: int) -> None:
        while self.at < end:
            self.at += len(self._bytes(min(end - self.at, WINDOW)))

    def _trailer(self, data: bytes, length: int) -> None:
        (trailer,) = struct.unpack("<I", data)
        if trailer != length:
            raise self._error(f"block length {length} at the start, {trailer} at the end")

    def _check_failure(self) -> None:
        if self.source.failure is not None:
            raise self.source.failure

    def _error(self, message: str) -> CaptureError:
        return CaptureError(message, self.source.name, self.at)


def _entry(data: bytes, at: int, end: int, sized: bool) -> tuple[int, int, int]:
    """(length, 0 if it does not say; where its content begins; its end) of the entry at `at`; sized: it says so first."""
    if not sized:
        return 0, at, end
    (length,) = struct.unpack_from("<I", data, at)
    return length, at + 4, _entry_end(at, length, end)


def _entry_end(start: int, length: int, end: int) -> int:
    """The end of an entry that says how long it is; 0 = it does not say."""
    if length > b.MAX_ENTRY or length and start + length > end:
        raise _Bad(f"entry of {length} bytes", start)
    return start + length if length else end


def _process_tail(p: s.ProcessEntry, data: bytes, at: int, end: int) -> None:
    """What follows `root` in a V9 entry. Libraries since 0.10 put two more fields first: told by the length."""
    fields = _TAIL if end - at <= TAIL_A_LENGTH else (*_TAIL_B_HEAD, *_TAIL)
    for name, code in fields:
        size = struct.calcsize(code)
        if at + size <= end:
            (value,) = struct.unpack_from("<" + code, data, at)
            setattr(p, name, bool(value) if name in _FLAGS else value)
            at += size


def _fd(data: bytes, at: int, end: int, f: s.FdEntry, sized: bool) -> tuple[s.FdEntry, int]:
    """The part of a descriptor entry that depends on its type."""
    kind = f.type
    if kind == s.FD_IPV4_SOCK or kind == s.FD_IPV6_SOCK:
        form = _IP4 if kind == s.FD_IPV4_SOCK else _IP6
        f.sip, f.dip, f.sport, f.dport, f.l4 = form.unpack_from(data, at)
        at += form.size
    elif kind == s.FD_IPV4_SERVSOCK or kind == s.FD_IPV6_SERVSOCK:
        form = _IP4_SERVER if kind == s.FD_IPV4_SERVSOCK else _IP6_SERVER
        f.sip, f.sport, f.l4 = form.unpack_from(data, at)
        at += form.size
    elif kind == s.FD_UNIX_SOCK:
        f.source, f.destination = struct.unpack_from("<QQ", data, at)
        f.name, at = _text(data, at + 16, end)
    elif kind == s.FD_FILE_V2:
        (f.flags,) = struct.unpack_from("<I", data, at)
        f.name, at = _text(data, at + 4, end)
        if sized and at + 4 <= end:
            (f.dev,) = struct.unpack_from("<I", data, at)
            at += 4
    elif kind in _NAMED_FDS:
        f.name, at = _text(data, at, end)
    elif kind != s.FD_UNKNOWN:
        f.type = s.FD_UNSUPPORTED
        f.name = f"unknown-type:[{kind}]"
    return f, at


def _blob(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """A string with its u16 length, and the position after it."""
    (size,) = struct.unpack_from("<H", data, at)
    at += 2
    if at + size > end:
        raise struct.error
    return data[at : at + size], at + size


def _text(data: bytes, at: int, end: int) -> tuple[str, int]:
    raw, at = _blob(data, at, end)
    return _c_text(raw), at


def _c_text(raw: bytes) -> str:
    """Byte text up to the first NUL, as the C readers see it."""
    return str(raw.partition(b"\0")[0], "latin-1")
