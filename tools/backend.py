"""The build backend: setuptools', but a source distribution is written again so that the same tree gives the same bytes, whoever
builds it, whenever and with whatever umask. Its times are SOURCE_DATE_EPOCH, or 1980-01-01.
"""

from __future__ import annotations

import gzip
import os
import tarfile
from typing import Any

from setuptools.build_meta import *  # noqa: F403
from setuptools.build_meta import build_sdist as _build_sdist

_EPOCH = 315532800  # the first moment that zip files know


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """As PEP 517 says; the name of the file."""
    name: str = _build_sdist(sdist_directory, config_settings)
    path = os.path.join(sdist_directory, name)
    when = int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH))
    with (
        tarfile.open(path) as old,
        open(path + ".new", "wb") as raw,
        gzip.GzipFile("", "wb", mtime=when, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w|") as new,
    ):
        for member in sorted(old.getmembers(), key=lambda m: m.name):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = when
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
    os.replace(path + ".new", path)
    return name
