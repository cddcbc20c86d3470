"""Which files are rule files."""

from __future__ import annotations

import os
from collections.abc import Iterable

_SUFFIXES = (".yaml", ".yml")


def rule_files(paths: Iterable[str]) -> list[str]:
    """Files to load, in order, each once: a directory stands for its .yaml and .yml files by name, not for what is
    below it. What cannot be listed stands for itself: reading it says why."""
    out: dict[str, None] = {}
    for path in paths:
        try:
            names = sorted(n for n in os.listdir(path) if n.endswith(_SUFFIXES))
        except OSError:
            out[path] = None
        else:
            out.update((full, None) for n in names if os.path.isfile(full := os.path.join(path, n)))
    return list(out)
