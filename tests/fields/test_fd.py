"""fd.* and fdlist.*: names, types, ends of connections, failed calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.fd import directory_of, file_of, single_slashes
from pysysdig.fields.fdlist import descriptors
from pysysdig.fields.lookup import lookup
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, interface, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS

LOCAL, REMOTE = bytes([127, 0, 0, 1]), bytes([10, 9, 8, 7])
FDS = [
    fd(0, "/dev/null", dev=0xFE00, ino=5),
    fd(3, "/etc//passwd", dev=0x12345),
    fd(4, "/var/log", s.FD_DIRECTORY),
    fd(5, "", s.FD_IPV4_SOCK, sip="127.0.0.1", sport=40000, dip="10.9.8.7", dport=443, l4=2),
    fd(6, "", s.FD_IPV4_SERVSOCK, sip="0.0.0.0", sport=80, l4=2),
    fd(7, "/run/x.sock", s.FD_UNIX_SOCK),
    fd(8, "", s.FD_IPV6_SOCK, sip="2001:db8::1", sport=1, dip="::1", dport=2, l4=3),
    fd(9, "pipe:[1]", s.FD_FIFO),
    fd(10, "f"),
]


def view_of(events: list[Any], generation: str = OLD, **process_fields: Any) -> Any:
    before = snapshot(
        process(30, "cat", cwd="/home", fds=FDS, **process_fields),
        interfaces=[interface("lo", "127.0.0.1", 8), interface("eth0", "192.0.2.2", 24), interface("lo", "::1", 128)],
    )
    return Inspector(before, generation, ORDERS).process(batch(events))


def values(view: Any, text: str, shown: bool = True) -> list[Any]:
    ref = lookup(text)
    return (ref.shown if shown else ref.column)(view, np.arange(len(view))).tolist()


def read(number: int) -> Any:
    return event("SYSCALL_READ_E", tid=30, params=[number, 10], generation=OLD)


NA = None


@pytest.mark.parametrize(
    ("field", "number", "want"),
    [
        ("fd.num", 3, 3), ("fd.num", 99, 99), ("fd.type", 3, "file"), ("fd.type", 6, "ipv4"), ("fd.type", 99, NA),
        ("fd.typechar", 8, "6"), ("fd.typechar", 99, "o"), ("fd.name", 5, "127.0.0.1:40000->10.9.8.7:443"), ("fd.name", 99, NA),
        ("fd.directory", 0, "/dev"), ("fd.directory", 4, "/var/log"), ("fd.directory", 10, "/"), ("fd.directory", 7, NA),
        ("fd.filename", 0, "null"), ("fd.filename", 4, NA), ("fd.filename", 10, "/"),
        ("fd.containername", 0, ":/dev/null"), ("fd.containerdirectory", 0, ":/dev"), ("fd.uid", 3, "303"),
        ("fd.cip", 5, LOCAL), ("fd.sip", 5, REMOTE), ("fd.lip", 5, LOCAL), ("fd.rip", 5, REMOTE), ("fd.cip", 6, NA),
        ("fd.cport", 5, 40000), ("fd.sport", 5, 443), ("fd.lport", 5, 40000), ("fd.rport", 5, 443), ("fd.sport", 6, 80),
        ("fd.cport", 6, NA), ("fd.lport", 6, NA), ("fd.lport", 8, NA), ("fd.rport", 8, NA), ("fd.rport", 7, NA),
        ("fd.cproto", 5, "40000"), ("fd.sproto", 5, "443"), ("fd.lproto", 5, "40000"), ("fd.rproto", 5, "443"),
        ("fd.sproto", 6, ""),
        ("fd.l4proto", 5, "tcp"), ("fd.l4proto", 8, "<NA>"), ("fd.l4proto", 3, "<NA>"), ("fd.sockfamily", 6, "ip"),
        ("fd.sockfamily", 7, "unix"), ("fd.sockfamily", 3, NA), ("fd.is_server", 6, True), ("fd.is_server", 8, True),
        ("fd.is_server", 5, False), ("fd.is_server", 3, False), ("fd.dev", 0, 0xFE00), ("fd.dev.major", 0, 254),
        ("fd.dev.minor", 0, 0), ("fd.dev.major", 3, 0x123), ("fd.dev.minor", 3, 0x45), ("fd.ino", 0, 5),
        ("fd.connected", 5, True), ("fd.name_changed", 3, False), ("fd.cip.name", 5, NA), ("fd.types[3]", 9, ("file",)),
        ("fd.is_upper_layer", 3, False),
    ],
)  # fmt: skip
def test_values(field: str, number: int, want: Any) -> None:
    assert values(view_of([read(number)]), field) == [want]


@pytest.mark.parametrize(
    ("field", "number", "want"),
    [
        ("fd.ip", 5, (LOCAL, REMOTE)), ("fd.net", 5, (LOCAL, REMOTE)), ("fd.ip", 6, (bytes(4),)), ("fd.ip", 3, None),
        ("fd.port", 5, (40000, 443)), ("fd.proto", 6, (80,)), ("fd.port", 7, None), ("fd.sip.name", 5, "10.9.8.7"),
    ],
)  # fmt: skip
def test_filter_values(field: str, number: int, want: Any) -> None:
    assert values(view_of([read(number)]), field, shown=False) == [want]


def test_events_without_descriptors() -> None:
    view = view_of([event("SYSCALL_GETUID_E", tid=30), event("PROCINFO_E", tid=30, params=[0, 0])])
    for name in ("fd.num", "fd.name", "fd.typechar", "fd.uid", "fd.types", "fd.directory"):
        assert values(view, name) == [None, None]


def test_types_of_a_process() -> None:
    got = values(view_of([read(0)]), "fd.types")[0]
    assert sorted(got) == ["directory", "file", "ipv4", "ipv6", "pipe", "unix"]


def openat(res: int, dirfd: int, name: str) -> list[Any]:
    return [
        event("SYSCALL_OPENAT_2_E", tid=30, params=[dirfd, name, 1, 0], generation=OLD),
        event("SYSCALL_OPENAT_2_X", tid=30, params=[res, dirfd, name, 1, 0, 0, 0], generation=OLD),
    ]


def test_failed_opens() -> None:
    view = view_of([*openat(-2, -100, "a/../b"), *openat(-2, 99, "c"), *openat(-2, -100, "/x//y")])
    assert values(view, "fd.name") == [None, "/home/b", None, "<UNKNOWN>c", None, "/x/y"]
    assert values(view, "fd.nameraw")[1::2] == ["a/../b", "c", "/x/y"]
    assert values(view, "fd.directory")[1] == "/home"
    assert values(view, "fd.filename")[1] is None
    assert values(view, "fd.typechar") == ["f"] * 6
    assert values(view, "fd.num")[1] == -1 or values(view, "fd.num")[1] < 0
    assert values(view, "fd.type") == [None] * 6


def test_failed_socket_calls_have_an_empty_name() -> None:
    view = view_of([
        event("SYSCALL_PIPE2_E", tid=30, generation=OLD),
        event("SYSCALL_PIPE2_X", tid=30, params=[-24, 0, 0, 0, 0], generation=OLD),
    ])  # fmt: skip
    assert values(view, "fd.name") == [None, ""]
    assert values(view, "fd.typechar") == ["p", "p"]


def test_control_characters_go() -> None:
    before = snapshot(process(30, fds=[fd(3, "/a\x1b[31mb")]))
    for generation, want in ((OLD, "/a[31mb"), (CURRENT, "/a\x1b[31mb")):
        events = [event("SYSCALL_CLOSE_X", tid=30, params=[0, 3])] if generation == CURRENT else [read(3)]
        view = Inspector(before, generation, ORDERS).process(batch(events))
        assert values(view, "fd.name") == [want]


def test_paths() -> None:
    assert [directory_of(p) for p in ("/a/b", "/a", "a", "/a/", "")] == ["/a", "/", "/", "/a/", "/"]
    assert [file_of(p) for p in ("/a/b", "/a", "a", "/a/", "")] == ["b", "a", "/", "/a/", "/"]
    assert single_slashes("//a///b/") == "/a/b/"


def poll(items: list[tuple[int, int]]) -> Any:
    return event("SYSCALL_POLL_E", tid=30, params=[items, 0], generation=OLD)


def test_fdlist() -> None:
    view = view_of([poll([(5, 1), (99, 1), (6, 1), (3, 4)]), poll([]), read(3)])
    assert values(view, "fdlist.nums") == ["5,99,6,3", None, None]
    assert values(view, "fdlist.names") == ["127.0.0.1:40000->10.9.8.7:443,<NA>,0.0.0.0:80,/etc//passwd", None, None]
    assert values(view, "fdlist.cips") == ["127.0.0.1", None, None]
    assert values(view, "fdlist.sips") == ["10.9.8.7,0.0.0.0", None, None]
    assert values(view, "fdlist.cports") == ["40000", None, None]
    assert values(view, "fdlist.sports") == ["443", None, None]


def test_lying_lists() -> None:
    assert descriptors(b"") == []
    assert descriptors(b"\x05") == []
    assert descriptors(b"\xff\xff" + bytes(10)) == [0]


def test_local_end_in_a_container() -> None:
    hexid = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
    view = view_of([read(5), read(8)], cgroups=[f"cpu=/docker/{hexid}"])
    assert values(view, "fd.containername")[0].startswith("3ad7b26ded6d:127.0.0.1")
    assert values(view, "fd.lip") == [LOCAL, None]
    assert values(view, "fd.is_server") == [False, False]


def test_calls_that_fail() -> None:
    """A failed memfd_create leaves an untyped descriptor; a null path is the text <NA>."""
    memfd = [
        event("SYSCALL_MEMFD_CREATE_E", tid=30, generation=OLD),
        event("SYSCALL_MEMFD_CREATE_X", tid=30, params=[-22, "x", 0], generation=OLD),
        event("SYSCALL_OPENAT_2_E", tid=30, params=[-100, None, 1, 0], generation=OLD),
        event("SYSCALL_OPENAT_2_X", tid=30, params=[-14, -100, None, 1, 0, 0, 0], generation=OLD),
    ]
    view = view_of(memfd)
    assert values(view, "fd.num")[1] == -22
    assert values(view, "fd.type")[1] == "<NA>"
    assert values(view, "proc.fdopencount") == [len(FDS), *[len(FDS) + 1] * 3]
    assert values(view, "fd.name")[3] == "/home/<NA>"
    assert values(view, "fd.nameraw")[3] == "<NA>"


def test_layers_of_files_and_directories() -> None:
    upper, directory = 1 << 15, 1 << 10
    opened = [
        event("SYSCALL_OPENAT_2_X", tid=30, params=[11 + k, -100, "/x", flags, 0, 0, 0])
        for k, flags in enumerate((1, 1 | upper, 1 | upper | directory))
    ]
    assert values(view_of(opened, CURRENT), "fd.is_upper_layer") == [False, True, True]
