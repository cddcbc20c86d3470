"""Synthetic events of tests as capture files: for other tools, and for Falco itself, to see the very bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from pysysdig.errors import PysysdigError
from pysysdig.scap.writer import CaptureWriter
from pysysdig.workbench.model import Case
from pysysdig.workbench.synthetic import synthesise

_UNSAFE = re.compile(r"[^A-Za-z0-9._=,-]+")
_LONGEST = 150  # characters of a name


def save(cases: Iterable[Case], folder: str) -> list[str]:
    """Write the events of synthetic tests into a folder, a file each. Returns their paths. Raises PysysdigError."""
    out: list[str] = []
    try:
        os.makedirs(folder, exist_ok=True)
        for case in cases:
            if case.trace or case.skip:
                continue
            base = os.path.basename(case.place.name).rpartition(".")[0]
            name = _UNSAFE.sub("_", f"{base}.{case.line}.{case.name}")[:_LONGEST]
            path = os.path.join(folder, f"{name}.scap")
            made = synthesise(case)
            with open(path, "wb") as file:
                writer = CaptureWriter(file, made.snapshot)
                for batch in made.batches():
                    writer.write(batch)
            out.append(path)
    except OSError as error:
        raise PysysdigError(f"rules test: can't write {error.filename or folder}: {error.strerror or error}") from None
    return out
