"""`pysysdig rules test --watch`: once more, whenever a file changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable

from pysysdig.errors import PysysdigError
from pysysdig.output.terminal import escaped
from pysysdig.workbench.files import test_files
from pysysdig.workbench.play import forget
from pysysdig.workbench.session import Chosen

_PULSE = 0.3  # seconds


def again_and_again(once: Callable[[], int], chosen: Chosen) -> int:
    """Run until an interrupt comes; returns the last exit status."""
    status = 0
    try:
        while True:
            before = _state(chosen)
            try:
                status = once()
            except PysysdigError as error:
                status = 2
                sys.stderr.write(escaped(error.render()) + "\n")
            sys.stderr.write("waiting for changes; Ctrl-C ends\n")
            while _state(chosen) == before:
                time.sleep(_PULSE)
            forget()
    except KeyboardInterrupt:
        return status


def _state(chosen: Chosen) -> list[tuple[str, int, int]]:
    """The files that a run depends on, with time and size."""
    try:
        files = test_files(chosen.paths)
    except PysysdigError:
        files = []
    named: list[str] = [*chosen.rules]
    for suite in _suites(chosen):
        named += [path for case in suite for path in case]
    return [_stamp(path) for path in dict.fromkeys([*files, *named])]


def _suites(chosen: Chosen) -> Iterable[list[tuple[str, ...]]]:
    """For each test the rule files and the trace that it names; of files that cannot be read none."""
    try:
        return [[(*case.rules, *([case.trace] if case.trace else [])) for case in suite.cases] for suite in chosen.suites()]
    except PysysdigError:
        return []


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, found.st_mtime_ns, found.st_size
