"""Rows of tasks and files, and where they can be had."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from pysysdig.capture.iterators import FILE, PATH_ROOM, TASK, Iterators
from pysysdig.capture.probe import Probe

if not sys.platform.startswith("linux"):
    pytest.skip("/proc as Linux has it", allow_module_level=True)


def test_rows_are_as_the_probe_writes_them(root: Path) -> None:
    """Names, order and sizes of the structures in probe/00_record.h."""
    text = (root / "probe/00_record.h").read_text()
    assert f"#define PATH_ROOM {PATH_ROOM}\n" in text
    sizes = {"u8": 1, "u32": 4, "u64": 8, "s64": 8}
    for structure, row in (("task_row", TASK), ("file_row", FILE)):
        found = re.search(rf"struct {structure} \{{(.*?)\n\}};", text, re.DOTALL)
        assert found is not None
        body = re.sub(r"/\*.*?\*/", "", found[1])
        expected = []
        for kind, names in re.findall(r"(\w+) ([^;]+);", body):
            for name in names.split(","):
                name, _, count = name.strip().partition("[")
                number = {"": 1, "PATH_ROOM": PATH_ROOM}.get(count.rstrip("]")) or int(count.rstrip("]"))
                if number == 2:  # a mount and a directory entry
                    expected += [(f"{name}_mount", 8), (f"{name}_entry", 8)]
                else:
                    expected.append((name, sizes[kind] * number))
        assert [(name, row[name].itemsize) for name in row.names or ()] == expected


def test_who_has_other_numbers_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"/proc/self/ns/pid": "pid:[4026531836]", "/proc/self/ns/user": "user:[4026531837]"}
    monkeypatch.setattr(os, "readlink", lambda path: names[path])
    assert Iterators.usable()
    names["/proc/self/ns/pid"] = "pid:[4026532288]"
    assert not Iterators.usable()

    def refuse(path: str) -> NoReturn:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "readlink", refuse)
    assert not Iterators.usable()


@pytest.mark.live
def test_one_task_and_all() -> None:
    probe = Probe(1 << 16, 80, os.getpid())
    try:
        if probe.iterators is None:
            pytest.skip("this kernel has no iterators over tasks, or not for us")
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        for rows in (probe.iterators.tasks(), probe.iterators.tasks(child.pid)):
            (row,) = rows[rows["tid"] == child.pid]
            assert (row["pid"], row["ptid"], row["threads"]) == (child.pid, os.getpid(), 1)
        assert len(probe.iterators.tasks(child.pid)) == 1
        child.communicate(b"\n")
        assert not len(probe.iterators.tasks(child.pid))
    finally:
        probe.close()
