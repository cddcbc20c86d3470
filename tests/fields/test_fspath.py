"""fs.path.*: paths of file system calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.inspector import Inspector

FIELDS = ("name", "nameraw", "source", "sourceraw", "target", "targetraw")


def paths(events: list[Any], generation: str) -> list[Any]:
    before = snapshot(process(30, "cat", cwd="/home/", fds=[fd(3, "/etc/passwd"), fd(4, "/var/log", s.FD_DIRECTORY)]))
    view = Inspector(before, generation).process(batch(events))
    last = np.array([len(events) - 1])
    return [lookup(f"fs.path.{f}").column(view, last).tolist()[0] for f in FIELDS]


def name(path: str | None, raw: str | None) -> list[Any]:
    return [path, raw, None, None, None, None]


def two(source: str, source_raw: str, target: str, target_raw: str) -> list[Any]:
    return [None, None, source, source_raw, target, target_raw]


NONE = name(None, None)


@pytest.mark.parametrize(
    ("event_name", "params", "want"),
    [
        ("SYSCALL_MKDIR_2_X", [0, "a/../b"], name("/home/b", "a/../b")),
        ("SYSCALL_MKDIR_2_X", [-17, "a"], NONE),
        ("SYSCALL_UNLINKAT_2_X", [0, 4, "a", 0], name("/home/a", "a")),  # always against the current directory
        ("SYSCALL_OPENAT_2_X", [-2, -100, "/a//b", 1], name("/a/b", "/a//b")),  # only -1 counts as a failure
        ("SYSCALL_OPENAT_2_X", [-1, -100, "/a", 1], NONE),
        ("SYSCALL_RENAME_X", [0, "a", "/b"], two("/home/a", "a", "/b", "/b")),
        ("SYSCALL_LINKAT_2_X", [0, -100, "old", -100, "new", 0], two("/home/new", "new", "/home/old", "old")),
        ("SYSCALL_SYMLINK_X", [0, "to", "/here"], two("/here", "/here", "/home/to", "to")),
        ("SYSCALL_READ_X", [0, b""], NONE),
    ],
)
def test_old(event_name: str, params: list[Any], want: list[Any]) -> None:
    assert paths([event(event_name, 1000, 30, params, generation=OLD)], OLD) == want


def test_old_calls_whose_path_is_in_the_enter_event() -> None:
    enter = event("SYSCALL_MKDIR_E", 1000, 30, ["d", 0], generation=OLD)
    leave = event("SYSCALL_MKDIR_X", 2000, 30, [0], generation=OLD)
    assert paths([enter, leave], OLD) == name("/home/d", "d")
    assert paths([leave], OLD) == NONE


@pytest.mark.parametrize(
    ("event_name", "params", "want"),
    [
        ("SYSCALL_MKDIR_2_X", [0, "a"], name("/home/a", "a")),
        ("SYSCALL_UNLINKAT_2_X", [0, 4, "a", 0], name("/var/log/a", "a")),
        ("SYSCALL_UNLINKAT_2_X", [0, 98, "a", 0], name("<UNKNOWN>a", "a")),
        ("SYSCALL_OPENAT_2_X", [7, 4, "a", 1, 0, 0, 0], name("/var/log/a", "a")),
        ("SYSCALL_RENAMEAT2_X", [0, 4, "a", -100, "b", 0], two("/var/log/a", "a", "/home/b", "b")),
    ],
)
def test_current(event_name: str, params: list[Any], want: list[Any]) -> None:
    assert paths([event(event_name, 1000, 30, params)], CURRENT) == want
