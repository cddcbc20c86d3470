"""Writing files anew: whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile

from pysysdig.errors import PysysdigError


def rewrite(path: str, content: bytes) -> None:
    """Replace the content of a file; its mode stays, a link stays one. Raises PysysdigError."""
    target = os.path.realpath(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".pysysdig-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            if os.path.exists(target):
                shutil.copymode(target, temporary)
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
