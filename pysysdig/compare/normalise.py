"""Names without what differs from run to run: process ids, temporary names, hashes, numbers."""

from __future__ import annotations

import re
from functools import lru_cache

_PID = re.compile(r"(?<=/proc/)[0-9]+|(?<=/task/)[0-9]+|(?<=/fd/)[0-9]+|(?<=/fdinfo/)[0-9]+")
_PIPE = re.compile(r"\[[0-9]+\]")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])(?:[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4})(?![0-9A-Za-z])")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{3,}(?![0-9A-Za-z])")
_TEMPORARY = re.compile(r"(?<=/tmp/)[^/]+|(?<=/var/tmp/)[^/]+|(?<=/dev/shm/)[^/]+")
# what mktemp puts in place of XXXXXX: letters of both cases or with digits, at the end or between dots
_RANDOM = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[0-9A-Z])(?=[A-Za-z0-9]*[a-z0-9])[A-Za-z0-9]{6,10}(?![A-Za-z0-9])")


@lru_cache(1 << 16)
def path(name: str) -> str:
    """The name of a file."""
    name = _PID.sub("<pid>", name)
    name = _TEMPORARY.sub(lambda m: _NUMBER.sub("<n>", _RANDOM.sub("<random>", m[0])), name)
    return _PIPE.sub("[<n>]", _HEX.sub("<hex>", name))


@lru_cache(1 << 16)
def command(line: str) -> str:
    """A command line."""
    return _NUMBER.sub("<n>", path(line))
