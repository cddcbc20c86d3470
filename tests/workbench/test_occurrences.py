"""Names of events."""

from __future__ import annotations

from pysysdig.workbench.occurrences import event_names, info_of, newest


def test_the_newest_shape_is_meant() -> None:
    assert info_of("openat").enum == "SYSCALL_OPENAT_2_X" and info_of("execve").enum == "SYSCALL_EXECVE_19_X"
    assert newest("nothing") is None and {"openat", "connect", "unlinkat"} <= event_names()
