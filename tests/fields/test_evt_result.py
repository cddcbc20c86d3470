"""What calls returned, and which of them failed at what."""

from __future__ import annotations

import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from tests.fields.asked import TS, file_view, old, values


def test_first_results_of_old_headers() -> None:
    events = [event("SYSCALL_READ_X", TS, 30, [-9, b"x"], v1=True), event("SYSCALL_CLOSE_X", TS, 30, [0], v1=True)]
    assert values(file_view(*events), "evt.rawres") == [-9, 0]


def test_current_libraries_judge_results_differently() -> None:
    new = [event("SYSCALL_READ_X", TS, 30, [-9, None, 3, 10]), event("PROCEXIT_1_E", TS, 30, [0, 0, 0, 0, 0])]
    view = file_view(*new, generation=CURRENT)
    assert values(view, "evt.failed") == [True, None]
    assert values(view, "evt.count.error") == [1, None]
    assert values(view, "evt.res") == ["EBADF", None]


@pytest.mark.parametrize(
    ("name", "number", "kind"),
    [("SYSCALL_READ", 3, "file"), ("SYSCALL_WRITE", 5, "net"), ("SYSCALL_WRITE", 6, "other"), ("SYSCALL_MUNMAP", 0, "memory")],
)
def test_what_failed(name: str, number: int, kind: str) -> None:
    """A file, a socket, a pipe, memory: an error counts for one of them."""
    result = [-12] if kind != "memory" else [-12, 0, 0, 0]
    view = file_view(old(f"{name}_E", [number, 10]), old(f"{name}_X", result))
    found = {k: values(view, f"evt.count.error.{k}")[1] for k in ("file", "net", "memory", "other")}
    assert found == {k: 1 if k == kind else None for k in found}
    assert values(view, "evt.res") == [None, "ENOMEM"]


def test_results_that_are_no_errors() -> None:
    view = file_view(old("SYSCALL_READ_X", [7, b"x"]), old("SYSCALL_OPENAT_2_X", [9, -100, "/a", 1, 0, 0, 0]))
    assert values(view, "evt.rawres") == [7, 9] and values(view, "evt.failed") == [False, False]
    assert values(view, "evt.count.error") == [None, None]
