"""Which traces paths stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pysysdig.errors import CaptureError, PysysdigError
from pysysdig.sources.opening import open_any

_ENDINGS = (".scap", ".pscap", ".scap.gz", ".pscap.gz")


def traces(paths: Iterable[str]) -> list[str]:
    """The traces that paths stand for: files, and of directories what is a trace in them and below. Raises PysysdigError."""
    out: dict[str, None] = {}
    for path in paths:
        if not os.path.isdir(path):
            if not os.path.exists(path):
                raise PysysdigError(f"{path}: there is no such trace")
            out[path] = None
            continue
        found = [
            os.path.join(folder, name) for folder, _, names in sorted(os.walk(path)) for name in sorted(names)
        ]  # fmt: skip
        found = [name for name in found if os.path.isfile(name) and (name.endswith(_ENDINGS) or _is_trace(name))]
        if not found:
            raise PysysdigError(f"{path}: there are no traces in it")
        out.update(dict.fromkeys(found))
    return list(out)


def _is_trace(path: str) -> bool:
    try:
        open_any(path).close()
    except CaptureError:
        return False
    return True
