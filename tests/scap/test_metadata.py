"""Metadata blocks of every version."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.events import build as ev
from pysysdig.scap import blocks as b
from pysysdig.scap import build as sc
from pysysdig.scap.reader import open_capture
from pysysdig.state import build as st
from pysysdig.state import snapshot as s
from tests import pieces
from tests.fuzz_seeds import old_lists

EVENT = pieces.event_block(ev.event("PROCEXIT_1_E", 1, 1, [0]), b.EVENT_V2)
SECTION = sc.capture_bytes(st.snapshot(), [])[:28]


def load(tmp_path: Path, *blocks: bytes) -> s.Snapshot:
    path = tmp_path / "a.scap"
    path.write_bytes(SECTION + b"".join(blocks) + EVENT)
    with open_capture(str(path)) as capture:
        return capture.snapshot


def text(value: bytes) -> bytes:
    return struct.pack("<H", len(value)) + value


def process_v9(tail: bytes, length: int | None = None) -> bytes:
    body = struct.pack("<5q", 7, 7, 1, 7, 7) + text(b"cat") + text(b"cat") + text(b"/bin/cat") + text(b"a\0b c\0\0") + text(b"/")
    body += (
        struct.pack("<qIII", 1024, 5, 6, 7)
        + struct.pack("<IIIQQ", 1, 2, 3, 4, 5)
        + text(b"A=1\0B=2\0\0\0")
        + struct.pack("<qq", 8, 9)
    )
    body += text(b"cpu=/x\0memory=/\0") + text(b"/root") + tail
    return struct.pack("<I", len(body) + 4 if length is None else length) + body


def test_process_entry(tmp_path: Path) -> None:
    p = load(tmp_path, pieces.block(b.PROCESS_LIST_V9, process_v9(b""))).processes[0]
    assert (p.tid, p.pid, p.ptid, p.sid, p.vpgid, p.vtid, p.vpid) == (7, 7, 1, 7, 7, 8, 9)
    assert (p.comm, p.exe, p.exepath, p.cwd, p.root) == ("cat", "cat", "/bin/cat", "/", "/root")
    assert p.args == ["a", "b c", ""] and p.env == ["A=1", "B=2"] and p.cgroups == ["cpu=/x", "memory=/"]
    assert (p.fdlimit, p.flags, p.uid, p.gid) == (1024, 5, 6, 7)
    assert (p.vmsize_kb, p.vmrss_kb, p.vmswap_kb, p.pfmajor, p.pfminor) == (1, 2, 3, 4, 5)
    assert p.loginuid == 0xFFFFFFFF and p.tty == 0 and p.pgid == -1


TAIL_A = struct.pack("<IBQQQ", 1000, 1, 2, 3, 4)
TAIL_B = struct.pack("<QIIBQQQBQQQBBq", 11, 12, 1000, 1, 2, 3, 4, 1, 5, 6, 7, 1, 1, 99)


@pytest.mark.parametrize("size", [4, 5, 29])
def test_tail_before_libs_0_10(tmp_path: Path, size: int) -> None:
    p = load(tmp_path, pieces.block(b.PROCESS_LIST_V9, process_v9(TAIL_A[:size]))).processes[0]
    assert p.loginuid == 1000 and p.exe_writable is (size > 4) and p.cap_effective == (4 if size == 29 else 0)
    assert p.pidns_init_start_ts == 0 and p.exe_ino == 0


@pytest.mark.parametrize("size", [66, 67, len(TAIL_B), len(TAIL_B) + 9])
def test_tail_since_libs_0_10(tmp_path: Path, size: int) -> None:
    tail = (TAIL_B + bytes(9))[:size]
    first, second = load(tmp_path, pieces.block(b.PROCESS_LIST_V9, process_v9(tail) + process_v9(b""))).processes
    assert (first.pidns_init_start_ts, first.tty, first.loginuid) == (11, 12, 1000)
    assert (first.cap_inheritable, first.cap_permitted, first.cap_effective) == (2, 3, 4)
    assert (first.exe_ino, first.exe_ino_ctime, first.exe_ino_mtime) == (5, 6, 7)
    assert first.exe_from_memfd is (size > 66) and first.pgid == (99 if size > 67 else -1)
    assert second.comm == "cat" and second.loginuid == 0xFFFFFFFF


def test_entry_shorter_than_its_fields(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="corrupt metadata"):
        load(tmp_path, pieces.block(b.PROCESS_LIST_V9, process_v9(b"", length=60)))


def test_old_versions(tmp_path: Path) -> None:
    (tmp_path / "a.scap").write_bytes(old_lists() + EVENT)
    with open_capture(str(tmp_path / "a.scap")) as capture:
        got = capture.snapshot
    assert got.hostname == "host" and got.num_cpus == 1
    assert [p.tid for p in got.processes] == [101, 102, 103, 104, 105, 106, 107, 108]
    assert {p.comm for p in got.processes} == {p.cwd for p in got.processes} == {"sh"}
    assert [p.vmrss_kb for p in got.processes] == [0] + [2] * 7
    assert [p.env for p in got.processes] == [[]] * 2 + [["sh"]] * 6
    assert [p.vpid for p in got.processes] == [-1] * 3 + [1] * 5
    assert [p.root for p in got.processes] == [""] * 4 + ["sh"] * 4
    assert [p.sid for p in got.processes] == [-1] * 5 + [1] * 3
    assert [p.exepath for p in got.processes] == [""] * 6 + ["sh"] * 2
    assert [p.vpgid for p in got.processes] == [-1] * 7 + [1]
    assert [(f.fd, f.type, f.name) for f in got.processes[0].fds] == [(1, s.FD_FILE, "sh"), (3, s.FD_IPV4_SOCK, "")]
    assert [(u.name, u.home, u.shell) for u in got.users] == [("sh", "sh", "")] and [g.name for g in got.groups] == ["sh"]
    assert [(i.name, len(i.addr)) for i in got.interfaces] == [("lo", 16)]  # a second list replaces the first


def test_descriptors(tmp_path: Path) -> None:
    head = struct.pack("<q", 7)
    entries = [
        struct.pack("<qQB", 3, 1, s.FD_FILE_V2) + struct.pack("<I", 5) + text(b"/f"),
        struct.pack("<qQB", 4, 1, s.FD_FILE_V2) + struct.pack("<I", 5) + text(b"/f") + struct.pack("<I", 77) + b"newer",
        struct.pack("<qQB", 5, 1, 200) + b"what",
        struct.pack("<qQB", 6, 1, s.FD_UNKNOWN),
        struct.pack("<qQB", 7, 1, s.FD_UNIX_SOCK) + struct.pack("<QQ", 8, 9) + text(b"/run/x"),
        struct.pack("<qQB", 8, 1, s.FD_IPV6_SERVSOCK) + bytes(16) + struct.pack("<HB", 80, 2),
        struct.pack("<qQB", 9, 1, s.FD_PIDFD) + text(b"/proc/5"),
    ]
    body = head + b"".join(struct.pack("<I", len(e) + 4) + e for e in entries)
    lists = [pieces.block(b.PROCESS_LIST_V9, process_v9(b"")), pieces.block(b.FD_LIST_V2, body)]
    lists.append(pieces.block(b.FD_LIST_V2, struct.pack("<q", 12345) + body[8:]))  # of a thread nobody knows
    fds = load(tmp_path, *lists).processes[0].fds
    assert [(f.fd, f.name) for f in fds[:3]] == [(3, "/f"), (4, "/f"), (5, "unknown-type:[200]")]
    assert [f.dev for f in fds[:2]] == [0, 77] and fds[0].flags == 5 and fds[2].type == s.FD_UNSUPPORTED
    assert (fds[4].source, fds[4].destination, fds[4].name) == (8, 9, "/run/x")
    assert (fds[5].sip, fds[5].sport, fds[5].l4) == (bytes(16), 80, 2) and fds[6].name == "/proc/5"


def interface(name: bytes, address: bytes = b"\x7f\0\0\1") -> bytes:
    kind = 1 if len(address) == 4 else 2
    body = struct.pack("<HH", kind, len(name)) + address * 3 + struct.pack("<Q", 10) + name
    return struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("entries", [[b"lo"], [b"lo", b"eth0"], [b"lo", b"enp0s31f6", b"x"], [b"four"] * 9])
def test_interface_list_with_the_length_of_an_old_writer(tmp_path: Path, entries: list[bytes]) -> None:
    """sysdig that saves a V1 list again declares 4 bytes an entry too few."""
    body = b"".join(interface(name, bytes([i] * (4 if i % 2 else 16))) for i, name in enumerate(entries))
    for missing in (0, 4 * len(entries)):
        short = len(body) - missing + -(len(body) - missing) % 4 + 12
        padded = body + bytes(-len(body) % 4)
        got = load(tmp_path, struct.pack("<II", b.INTERFACE_LIST_V2, short) + padded + struct.pack("<I", short)).interfaces
        assert [i.name.encode() for i in got] == entries and got[-1].linkspeed == 10


def test_corrupt_interface_list(tmp_path: Path) -> None:
    data = pieces.block(b.INTERFACE_LIST_V2, interface(b"lo"))
    with pytest.raises(CaptureError, match="corrupt interface list"):
        load(tmp_path, data[:12] + b"\x09" + data[13:])
    with pytest.raises(CaptureError, match="corrupt interface list"):
        load(tmp_path, data[:-4] + b"\xff\0\0\0")


def test_second_user_list_replaces_the_first(tmp_path: Path) -> None:
    def users(*names: bytes) -> bytes:
        entries = [struct.pack("<BII", 0, 1, 1) + text(n) + text(b"") + text(b"") + b"later fields" for n in names]
        return pieces.block(b.USER_LIST_V2, b"".join(struct.pack("<I", len(e) + 4) + e for e in entries))

    assert [u.name for u in load(tmp_path, users(b"a", b"b"), users(b"c")).users] == ["c"]
