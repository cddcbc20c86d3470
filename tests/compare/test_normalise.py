"""What differs from run to run does not count."""

from __future__ import annotations

import pytest

from pysysdig.compare.normalise import command, path


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("/proc/123/status", "/proc/<pid>/status"),
        ("/proc/123/task/456/comm", "/proc/<pid>/task/<pid>/comm"),
        ("/proc/self/fd/7", "/proc/self/fd/<pid>"),
        ("/tmp/wlgo.1KyDx9/out", "/tmp/wlgo.<random>/out"),
        ("/tmp/build-4711.log", "/tmp/build-<n>.log"),
        ("pipe:[12345]", "pipe:[<n>]"),
        ("/var/lib/x/0123456789abcdef0123/y", "/var/lib/x/<hex>/y"),
        ("/run/3f2504e0-4f89-11d3-9a0c-0305e82c3301.sock", "/run/<hex>.sock"),
        ("/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
        ("/etc/passwd", "/etc/passwd"),
    ],
)
def test_paths(name: str, same: str) -> None:
    assert path(name) == same


def test_command_lines() -> None:
    assert command("kill -9 12345") == "kill -9 <n>"
