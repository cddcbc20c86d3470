"""Events of a synthetic test that say much about a process: their parameters are what it is now, nobody has to write them."""

from __future__ import annotations

from typing import Any

from pysysdig.workbench.world import Thread

_LIMIT = 1024  # descriptors


def clone_params(result: int, thread: Thread) -> list[Any]:
    """Of SYSCALL_CLONE_20_X: what clone returns to one of the two."""
    return [
        result, thread.exe, thread.args, thread.tid, thread.tid, thread.parent, thread.cwd, _LIMIT, 0, 0, 0, 0, 0,
        thread.comm, thread.cgroups, 0, thread.uid, thread.gid, thread.vpid, thread.vpid, 0,
    ]  # fmt: skip


def execve_params(result: int, thread: Thread, filename: str) -> list[Any]:
    """Of SYSCALL_EXECVE_19_X: after it succeeded the process is the new program already."""
    return [
        result, thread.exe, thread.args, thread.tid, thread.tid, thread.parent, thread.cwd, _LIMIT, 0, 0, 0, 0, 0,
        thread.comm, thread.cgroups, thread.env, thread.tty, thread.sid, thread.loginuid, thread.exe_flags,
        thread.caps, thread.caps, thread.caps, 77, 0, 0, thread.uid, thread.exepath, thread.sid, thread.gid, filename,
    ]  # fmt: skip
