"""Writing files anew: whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable

from pysysdig.errors import PysysdigError, UsageError
from pysysdig.sources.files import identities


def spare(path: str, read: Iterable[str]) -> None:
    """Raises UsageError if a file that is to be written is one of those that are read."""
    if identities([path]) & identities(read):
        raise UsageError(f"can't write {path}: it is read; write to another file")


def rewrite(path: str, content: bytes) -> None:
    """Replace the content of a file; its mode stays, a link stays one. What is no regular file (/dev/null, a pipe) is written
    to. Raises PysysdigError."""
    target = os.path.realpath(path)
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                file.write(content)
            return
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".pysysdig-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            if os.path.exists(target):
                shutil.copymode(target, temporary)
            else:
                mask = os.umask(0)
                os.umask(mask)
                os.chmod(temporary, 0o666 & ~mask)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PysysdigError(f"can't write {path}: {error.strerror or error}") from None


def diff(path: str, before: str, after: str) -> str:
    """The difference as a unified diff, which `patch -p1` takes."""
    from difflib import unified_diff

    name = path.lstrip("/")
    lines = unified_diff(before.splitlines(True), after.splitlines(True), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
