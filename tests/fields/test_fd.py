"""fd.* and fdlist.*: names, types, ends of connections, failed calls."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import ORDERS
from tests.fields.asked import LOCAL, REMOTE, fd_view, read, values

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
    assert values(fd_view([read(number)]), field) == [want]


def test_events_without_descriptors() -> None:
    view = fd_view([event("SYSCALL_GETUID_E", tid=30), event("PROCINFO_E", tid=30, params=[0, 0])])
    for name in ("fd.num", "fd.name", "fd.typechar", "fd.uid", "fd.types", "fd.directory"):
        assert values(view, name) == [None, None]


def test_types_of_a_process() -> None:
    got = values(fd_view([read(0)]), "fd.types")[0]
    assert sorted(got) == ["directory", "file", "ipv4", "ipv6", "pipe", "unix"]


def test_control_characters_go() -> None:
    before = snapshot(process(30, fds=[fd(3, "/a\x1b[31mb")]))
    for generation, want in ((OLD, "/a[31mb"), (CURRENT, "/a\x1b[31mb")):
        events = [event("SYSCALL_CLOSE_X", tid=30, params=[0, 3])] if generation == CURRENT else [read(3)]
        view = Inspector(before, generation, ORDERS).process(batch(events))
        assert values(view, "fd.name") == [want]


def test_layers_of_files_and_directories() -> None:
    upper, directory = 1 << 15, 1 << 10
    opened = [
        event("SYSCALL_OPENAT_2_X", tid=30, params=[11 + k, -100, "/x", flags, 0, 0, 0])
        for k, flags in enumerate((1, 1 | upper, 1 | upper | directory))
    ]
    assert values(fd_view(opened, CURRENT), "fd.is_upper_layer") == [False, True, True]
