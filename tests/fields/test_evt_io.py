"""What is read and written, how files are opened, and which path an event is about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.fields.evt_io import data_begins
from tests.fields.asked import READS, file_view, old, values


def test_opens() -> None:
    def opened(fdnum: int, flags: int, mode: int = 0) -> Any:
        return old("SYSCALL_OPENAT_2_X", [fdnum, -100, "x", flags, mode, 0, 0])

    view = file_view(
        opened(7, 1), opened(8, 3), opened(-2, 4 | 2, 0o755), opened(9, 1 << 14 | 2), opened(-1, 1 << 13), opened(9, 1 << 13)
    )
    assert values(view, "evt.is_open_read") == [True, True, False, False, False, False]
    assert values(view, "evt.is_open_write") == [False, True, True, True, False, False]
    assert values(view, "evt.is_open_exec") == [False, False, True, False, False, False]
    assert values(view, "evt.is_open_create") == [False, False, False, True, False, True]
    creat = file_view(old("SYSCALL_CREAT_X", [7, "x", 0o100]))
    assert values(creat, "evt.is_open_exec") == [True]


@pytest.mark.parametrize(
    ("name", "params", "field", "want"),
    [
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath", "/var/log/a"),
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath.src", "/var/log/a"),
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], "evt.abspath.dst", "/home/b"),
        ("SYSCALL_UNLINKAT_2_X", [0, 99, "a", 0], "evt.abspath", "<UNKNOWN>/a"),
        ("SYSCALL_UNLINKAT_2_X", [0, 99, "/x/../y", 0], "evt.abspath", "/y"),
        ("SYSCALL_ACCESS_X", [0, "a"], "evt.abspath", None),
    ],
)
def test_abspath(name: str, params: list[Any], field: str, want: str | None) -> None:
    assert values(file_view(old(name, params)), field) == [want]


def test_buffer_is_bytes_for_filters_and_text_for_display() -> None:
    view = file_view(
        old("SYSCALL_READ_X", [0, b""]),
        old("SYSCALL_READ_X", [3, b"a\nb"]),
        old("SYSCALL_READ_X", [0, b""]),
        old("SYSCALL_READ_E", [3, 1]),
    )
    assert values(view, "evt.buffer", shown=False) == [b"", b"a\nb", b"", None]
    assert values(view, "evt.buffer") == ["", "a.b", "NUL", None]  # NULL cut to the length of the last buffer


@pytest.mark.parametrize("start", [b"H", b"HTTP/", b"HTTP/1.1"])
def test_how_data_begins(start: bytes) -> None:
    """As the buffer itself tells, up to the last bytes of a batch."""
    data = [b"HTTP/1.1 200 OK", b"", b"HTT", b"http/1.1 200", b"xHTTP/1.1", b"HTTP/1.0 404 Not Found", start]
    events = [old("SYSCALL_READ_X", [len(d), d]) for d in data]
    view = file_view(*events[:3], old("SYSCALL_CLOSE_E", [3]), *events[3:])
    sel = np.arange(len(view))
    assert data_begins(view, sel, start).tolist() == [
        d is not None and d.startswith(start) for d in values(view, "evt.buffer", shown=False)
    ]


def test_directions() -> None:
    view = file_view(*READS[:2], old("SYSCALL_WRITE_E", [3, 1]), old("SYSCALL_CLOSE_E", [3]))
    assert values(view, "evt.io_dir") == ["read", "read", "write", None]
    assert values(view, "evt.is_io") == [True, True, True, False]
    assert values(view, "evt.is_io_read") == [True, True, False, False]
    assert values(view, "evt.is_io_write") == [False, False, True, False]


def test_the_system_log_is_a_descriptor() -> None:
    view = file_view(old("SYSCALL_WRITE_E", [5, 1]), old("SYSCALL_WRITE_E", [3, 1]), old("SYSCALL_GETUID_E", []))
    assert values(view, "evt.is_syslog")[:2] == [True, False]
