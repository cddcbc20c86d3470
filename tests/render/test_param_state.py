"""Parameters whose text depends on what is known: descriptors, threads, accounts, sockets."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import CURRENT
from pysysdig.render.options import RenderOptions
from pysysdig.render.param_state import fd_text
from pysysdig.state import snapshot as s
from pysysdig.state.fds import L4_TCP, ROLE_CLIENT, FdInfo
from tests.render.shown import texts


@pytest.mark.parametrize(
    ("name", "params", "index", "full", "best"),
    [
        ("SYSCALL_READ_E", [0, 1], 0, "0(<f>/dev/null)", "<f>/dev/null"),
        ("SYSCALL_READ_E", [99, 1], 0, "99", "99"),
        ("SYSCALL_READ_E", [-2, 1], 0, "-2(ENOENT)", "ENOENT"),
        ("SYSCALL_OPENAT_2_E", [-100, "/a", 1, 0], 0, "-100(AT_FDCWD)", "AT_FDCWD"),
        ("SYSCALL_KILL_E", [30, 9], 0, "30(cat)", "cat"),
        ("SYSCALL_KILL_E", [77, 9], 0, "77", "77"),
        ("SYSCALL_SETUID_E", [1000], 0, "1000(joe)", "joe"),
        ("SYSCALL_SETUID_E", [5], 0, "5(<NA>)", "<NA>"),
        ("SYSCALL_SETUID_E", [0xFFFFFFFF], 0, "-1(<NONE>)", "<NONE>"),
        ("SOCKET_BIND_X", [0, ("10.0.0.1", 80)], 1, "10.0.0.1:80", "10.0.0.1:80"),
        ("SOCKET_CONNECT_X", [0, ("1.2.3.4", 5, "5.6.7.8", 80)], 1, "1.2.3.4:5->5.6.7.8:80", "1.2.3.4:5->5.6.7.8:80"),
        ("SYSCALL_POLL_E", [[(0, 1), (99, 0x20)], 5], 0, "0:f1 99:?20", "0:f1 99:?20"),
    ],
)
def test_in_full_and_the_best(name: str, params: list[Any], index: int, full: str, best: str) -> None:
    assert texts(name, params, index, True) == [full] and texts(name, params, index, False) == [best]


def test_nothing_is_known_without_a_thread() -> None:
    assert texts("SYSCALL_READ_E", [0, 1], 0, True, tid=-1) == ["0"]
    assert texts("SYSCALL_READ_E", [-2, 1], 0, False, tid=-1) == ["-2"]


def test_services_have_names_where_they_are_asked_for() -> None:
    (text,) = texts("SYSCALL_READ_E", [5, 1], 0, True, RenderOptions(ports=True))
    assert text.endswith("10.9.8.7:http)") and texts("SYSCALL_READ_E", [5, 1], 0, True)[0].endswith("10.9.8.7:80)")


def test_a_list_that_is_cut() -> None:
    """It says more than it has; and its text has a limit."""
    assert texts("SYSCALL_POLL_E", [b"\x05\0" + b"\0" * 8 + b"\1\0", 5], 0, True) == ["0:f1"]
    (long,) = texts("SYSCALL_POLL_E", [[(1000 + i, 1) for i in range(300)], 5], 0, True)
    assert len(long) == 1023


@pytest.mark.parametrize(("role", "letter"), [(0, ""), (ROLE_CLIENT, "t")])
def test_the_letter_of_the_protocol(role: int, letter: str) -> None:
    """It is shown once the socket has a role."""
    f = FdInfo(s.FD_IPV4_SOCK, "a->b")
    f.set_l4(L4_TCP)
    f.role = role
    for old in (True, False):
        assert fd_text(f, old, False).startswith(f"<4{letter}>")


def test_current_captures_say_it_at_the_end() -> None:
    assert texts("SYSCALL_READ_X", [1, b"x", 0, 9], 2, True, generation=CURRENT) == ["0(<f>/dev/null)"]
