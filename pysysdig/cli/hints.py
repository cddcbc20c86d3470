"""What was probably meant by a command line that cannot be."""

from __future__ import annotations

import os
import re

from pysysdig.errors import FilterError
from pysysdig.events.text import to_display

_CAPTURE = re.compile(r"\.p?s?cap[0-9]*(\.gz)?$", re.ASCII)
_NAME = re.compile(r"[\w./+-]+$", re.ASCII)


def add_file_hint(error: FilterError, filter_: str) -> None:
    """Ask whether -r is missing, where the filter (byte text) begins with what looks like a file's name: as sysdig's, the command
    line takes files only with an option."""
    word = filter_.partition(" ")[0]
    if word and error.text == filter_ and _is_file(word.encode("latin-1"), word):
        error.hint = f"did you mean -r {to_display(word)}?"


def _is_file(path: bytes, word: str) -> bool:
    if os.path.isfile(path) or _CAPTURE.search(word):
        return True
    return bool(_NAME.match(word)) and ("/" in word or ("." in word and word.partition(".")[0] not in _field_classes()))


def _field_classes() -> set[str]:
    from pysysdig.fields.registry import REGISTRY

    return {name.partition(".")[0] for name in REGISTRY}
