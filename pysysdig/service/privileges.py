"""What the process may still do once the machine is being captured: it becomes another user and keeps two capabilities.

CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are for /proc, which says what new processes are, and for reading configuration and rules
anew. The thread that drops privileges keeps these; threads that were started before, and deliver alerts, keep none.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import struct

from pysysdig.errors import PysysdigError

DAC_READ_SEARCH, SYS_PTRACE = 2, 19
_SET_KEEPCAPS, _SET_NO_NEW_PRIVS = 8, 38
_VERSION = 0x20080522  # of capset's structures: two 32-bit words of each set


def drop(name: str, owned: str = "") -> None:
    """Become the user `name`, for good. owned: a file that belongs to it from now on, with its folder ("" = none).

    Raises PysysdigError.
    """
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise PysysdigError(f"pysysdig.user: there is no user {name}") from None
    if os.geteuid() != 0:
        raise PysysdigError(f"pysysdig.user: only root can become {name}")
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        for path in filter(None, (owned, f"{owned}-wal", f"{owned}-shm", os.path.dirname(owned))):
            if owned and os.path.exists(path):
                os.chown(path, user.pw_uid, user.pw_gid)
        _check(libc.prctl(_SET_KEEPCAPS, 1, 0, 0, 0))
        os.initgroups(name, user.pw_gid)
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
        kept = 1 << DAC_READ_SEARCH | 1 << SYS_PTRACE
        _check(libc.capset(struct.pack("Ii", _VERSION, 0), struct.pack("IIIIII", kept, kept, 0, 0, 0, 0)))
        _check(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    except OSError as error:
        raise PysysdigError(f"pysysdig.user: {name}: {error.strerror}") from None


def _check(status: int) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
