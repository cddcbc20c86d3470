"""Parameters of synthetic events, written as texts."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import CURRENT, TYPES, Param, load
from pysysdig.workbench.arguments import address_pair, argument
from pysysdig.workbench.reading import TestFileError
from tests.workbench.placed import placed


def param(event: str, name: str) -> Param:
    info = load(CURRENT)[TYPES[event]]
    return info.params[info.param_index(name)]


def value(text: str, event: str, name: str) -> Any:
    return argument(*placed(text), param(event, name))


OPEN = "SYSCALL_OPENAT_2_X"


@pytest.mark.parametrize(
    ("text", "event", "name", "want"),
    [
        ("/etc/passwd", OPEN, "name", "/etc/passwd"),
        ("~", OPEN, "name", None),
        ("ENOENT", OPEN, "fd", -2),
        ("0x10", OPEN, "fd", 16),
        ("O_RDONLY|O_CREAT", OPEN, "flags", 1 | 4),
        ("''", OPEN, "flags", 0),
        ("SIGKILL", "SYSCALL_KILL_E", "sig", 9),
        ("abc", "SYSCALL_WRITE_X", "data", b"abc"),
        ("1.2.3.4:80", "SOCKET_BIND_X", "addr", ("1.2.3.4", 80)),
        ("'[::1]:80'", "SOCKET_BIND_X", "addr", ("::1", 80)),
        ("/run/x", "SOCKET_BIND_X", "addr", "/run/x"),
    ],
)
def test_values(text: str, event: str, name: str, want: Any) -> None:
    assert value(text, event, name) == want


@pytest.mark.parametrize(
    ("text", "event", "name", "message"),
    [
        ("O_RDONYL", OPEN, "flags", "there is no value of flags"),
        ("4294967296", OPEN, "flags", "is from 0 to 4294967295, not 4294967296"),
        ("1.2.3.4", "SOCKET_BIND_X", "addr", "is no address with a port"),
        ("1.2.3.4:99999", "SOCKET_BIND_X", "addr", "is no address with a port"),
        ("x", "SYSCALL_POLL_E", "fds", "cannot be given in a test file yet"),
    ],
)
def test_mistakes(text: str, event: str, name: str, message: str) -> None:
    with pytest.raises(TestFileError, match=message):
        value(text, event, name)


def test_pairs() -> None:
    assert address_pair("1.2.3.4:5->6.7.8.9:10") == ("1.2.3.4", 5, "6.7.8.9", 10)
    assert address_pair("@a->/run/x") == (0, 0, "/run/x")
    for wrong in ("1.2.3.4:5", "1.2.3.4:5->[::1]:6", "a->b"):
        with pytest.raises(ValueError):
            address_pair(wrong)
