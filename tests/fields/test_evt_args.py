"""evt.args, evt.info, evt.arg, evt.rawarg and the system log."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.render.options import PLAIN, RenderOptions
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector


def view_of(*events: Any, generation: str = OLD) -> Any:
    before = snapshot(process(30, "cat", cwd="/home/", fds=[fd(3, "/etc/passwd"), fd(5, "/dev/log", s.FD_UNIX_SOCK)]))
    return Inspector(before, generation).process(batch(events))


def values(view: Any, text: str, shown: bool = True, options: RenderOptions = PLAIN) -> list[Any]:
    ref = lookup(text, options=options)
    return (ref.shown if shown else ref.column)(view, np.arange(len(view))).tolist()


OPEN = event("SYSCALL_OPENAT_2_X", tid=30, params=[-2, -100, "x", 4097, 0o600, 0xFE00, 7], generation=OLD)
READ = event("SYSCALL_READ_X", tid=30, params=[3, b"a\nb"], generation=OLD)


def test_arguments_by_name_and_index() -> None:
    view = view_of(OPEN, READ)
    assert values(view, "evt.arg.flags") == ["O_RDONLY|O_CLOEXEC", None]
    assert values(view, "evt.arg[0]") == ["ENOENT", "3"]
    assert values(view, "evt.arg[6]") == ["7", None]
    assert values(view, "evt.arg.data") == [None, "a.b"]


@pytest.mark.parametrize(
    ("field", "raw", "text", "json"),
    [
        ("evt.rawarg.fd", -2, -2, -2),
        ("evt.rawarg.flags", 4097, "1001", "1001"),
        ("evt.rawarg.mode", 0o600, "600", "600"),
        ("evt.rawarg.name", "x", "x", "x"),
        ("evt.rawarg.dev", 0xFE00, 0xFE00, "FE00"),  # sysdig prints narrow hexadecimal numbers in decimal
        ("evt.rawarg.ino", 7, 7, 7),
        ("evt.rawarg.data", None, None, None),
    ],
)
def test_raw_arguments(field: str, raw: Any, text: Any, json: Any) -> None:
    assert values(view_of(OPEN), field, shown=False) == [raw]
    assert values(view_of(OPEN), field) == [text]
    assert values(view_of(OPEN), field, options=RenderOptions(json=True)) == [json]


def test_raw_arguments_of_the_current_libraries_have_their_own_format() -> None:
    brk = event("SYSCALL_BRK_4_X", tid=30, params=[0x5000, 1, 2, 3])
    view = view_of(event("SYSCALL_READ_X", tid=30, params=[30, b"", 3, 0]), brk, generation=CURRENT)
    assert values(view, "evt.rawarg.res") == [30, "5000"]
    assert values(view, "evt.rawarg.data") == ["", None]


def test_raw_buffers_are_bytes() -> None:
    assert values(view_of(READ), "evt.rawarg.data", shown=False) == [b"a\nb"]
    assert values(view_of(event("SYSCALL_READ_X", tid=30, params=[3, b"a\n\0b"], generation=OLD)), "evt.rawarg.data") == ["a\n"]
