"""Processes: their cgroups as captures have them."""

from __future__ import annotations

import struct

from pysysdig.capture.processes import cgroup_text


def test_cgroups_share_paths() -> None:
    section = struct.pack("<5Q", 10, 10, 0, 20, 10) + b"leaf\0top\0\0" + b"\0"
    assert cgroup_text(section) == b"cpuset=/top/leaf\0cpu=/top/leaf\0io=/\0memory=/top/leaf\0"
    assert cgroup_text(b"") == b""
