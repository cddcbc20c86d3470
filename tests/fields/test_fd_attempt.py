"""Calls that failed: what they were about, from their own parameters."""

from __future__ import annotations

from typing import Any

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.fields.fd_attempt import typechar_table
from tests.fields.asked import SOCKETS, fd_view, values


def openat(res: int, dirfd: int, name: str) -> list[Any]:
    return [
        event("SYSCALL_OPENAT_2_E", tid=30, params=[dirfd, name, 1, 0], generation=OLD),
        event("SYSCALL_OPENAT_2_X", tid=30, params=[res, dirfd, name, 1, 0, 0, 0], generation=OLD),
    ]


def test_failed_opens() -> None:
    view = fd_view([*openat(-2, -100, "a/../b"), *openat(-2, 99, "c"), *openat(-2, -100, "/x//y")])
    assert values(view, "fd.name") == [None, "/home/b", None, "<UNKNOWN>c", None, "/x/y"]
    assert values(view, "fd.nameraw")[1::2] == ["a/../b", "c", "/x/y"]
    assert values(view, "fd.directory")[1] == "/home"
    assert values(view, "fd.filename")[1] is None
    assert values(view, "fd.typechar") == ["f"] * 6
    assert values(view, "fd.num")[1] == -1 or values(view, "fd.num")[1] < 0
    assert values(view, "fd.type") == [None] * 6


def test_failed_socket_calls_have_an_empty_name() -> None:
    view = fd_view([
        event("SYSCALL_PIPE2_E", tid=30, generation=OLD),
        event("SYSCALL_PIPE2_X", tid=30, params=[-24, 0, 0, 0, 0], generation=OLD),
    ])  # fmt: skip
    assert values(view, "fd.name") == [None, ""]
    assert values(view, "fd.typechar") == ["p", "p"]


def test_calls_that_fail() -> None:
    """A failed memfd_create leaves an untyped descriptor; a null path is the text <NA>."""
    memfd = [
        event("SYSCALL_MEMFD_CREATE_E", tid=30, generation=OLD),
        event("SYSCALL_MEMFD_CREATE_X", tid=30, params=[-22, "x", 0], generation=OLD),
        event("SYSCALL_OPENAT_2_E", tid=30, params=[-100, None, 1, 0], generation=OLD),
        event("SYSCALL_OPENAT_2_X", tid=30, params=[-14, -100, None, 1, 0, 0, 0], generation=OLD),
    ]
    view = fd_view(memfd)
    assert values(view, "fd.num")[1] == -22
    assert values(view, "fd.type")[1] == "<NA>"
    assert values(view, "proc.fdopencount") == [len(SOCKETS), *[len(SOCKETS) + 1] * 3]
    assert values(view, "fd.name")[3] == "/home/<NA>"
    assert values(view, "fd.nameraw")[3] == "<NA>"


def test_letters_of_what_is_not_there() -> None:
    """By what the call would have made; the current libraries have given some of them up."""
    old, current = typechar_table(OLD), typechar_table(CURRENT)
    assert [old[TYPES[n]] for n in ("SYSCALL_OPEN_E", "SYSCALL_PIPE2_E", "SOCKET_SOCKET_E", "SYSCALL_READ_E")] == [
        "f",
        "p",
        "4",
        "o",
    ]
    assert current[TYPES["SYSCALL_OPEN_E"]] == "o" and current[TYPES["SYSCALL_PIPE2_E"]] == "p"
