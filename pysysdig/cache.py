"""What was worked out once and is kept for the next run: files in a folder of the user's, which nobody else can write to.

root has /var/cache/pysysdig, others $XDG_CACHE_HOME/pysysdig (~/.cache/pysysdig). What is kept is data, never code. A file that
is missing, damaged, too large or writable by others is as good as none, and failures to write are nobody's business.
"""

from __future__ import annotations

import contextlib
import hashlib
import os

MAX_SIZE = 8 << 20
MAX_FILES = 32  # of a kind
_DIGEST = 32


def folder() -> str:
    """The folder, "" if there cannot be one: no home, or (sudo) that of somebody else."""
    if os.geteuid() == 0:
        return "/var/cache/pysysdig"
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "pysysdig") if os.path.isabs(base) else ""


def read(kind: str, key: str) -> bytes | None:
    """What is kept of a kind under a key; None: nothing that can be relied on."""
    where = folder()
    if not where or not _is_ours(where):
        return None
    try:
        fd = os.open(os.path.join(where, f"{kind}-{key}"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(fd, "rb") as file:
        state = os.fstat(fd)
        if state.st_uid != os.geteuid() or state.st_mode & 0o022 or state.st_size > MAX_SIZE:
            return None
        data = file.read(MAX_SIZE + 1)
    digest, body = data[:_DIGEST], data[_DIGEST:]
    return body if hashlib.sha256(body).digest() == digest else None


def write(kind: str, key: str, body: bytes) -> None:
    """Keep something; the oldest of its kind go if there are too many."""
    where = folder()
    if not where or len(body) + _DIGEST > MAX_SIZE:
        return
    import tempfile  # start-up time: most runs only read

    with contextlib.suppress(OSError):
        os.makedirs(where, 0o700, exist_ok=True)
        if not _is_ours(where):
            return
        fd, temporary = tempfile.mkstemp(dir=where, prefix=f".{kind}-")
        try:
            with open(fd, "wb") as file:
                file.write(hashlib.sha256(body).digest() + body)
            os.replace(temporary, os.path.join(where, f"{kind}-{key}"))
        except OSError:
            os.unlink(temporary)
            raise
        _prune(where, kind)


def _is_ours(path: str) -> bool:
    """Whether only this user can write to a folder."""
    try:
        state = os.stat(path)
    except OSError:
        return False
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


def _prune(where: str, kind: str) -> None:
    with os.scandir(where) as found:
        kept = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in found if entry.name.startswith(f"{kind}-")]
    for _, path in sorted(kept)[:-MAX_FILES]:
        os.unlink(path)
