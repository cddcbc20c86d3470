"""Parameters by type: texts, paths, buffers, those whose type one of their bytes says; and what stands for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.render import params as module
from pysysdig.render.options import HEX, RenderOptions
from pysysdig.render.params import empty_text
from tests.render.shown import texts


@pytest.fixture(params=["native", "python"], autouse=True)
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without the native extension."""
    if request.param == "python":
        monkeypatch.setattr(module, "native", None)


@pytest.mark.parametrize(
    ("name", "params", "index", "full", "best"),
    [
        ("SYSCALL_ACCESS_X", [0, "/etc/passwd"], 1, "/etc/passwd", "/etc/passwd"),
        ("SYSCALL_ACCESS_X", [0, "a"], 1, "a(/home/u/a)", "/home/u/a"),
        ("SYSCALL_ACCESS_X", [0, "../b"], 1, "../b(/home/b)", "/home/b"),
        ("SYSCALL_ACCESS_X", [0, None], 1, "<NA>", "<NA>"),
        ("SYSCALL_UNLINKAT_2_X", [0, 4, "x", 0], 2, "x(/var/log/x)", "/var/log/x"),
        ("SYSCALL_UNLINKAT_2_X", [0, -100, "x", 0], 2, "x(/home/u/x)", "/home/u/x"),
        ("SYSCALL_PTRACE_X", [0, (0, 0xAB), (1, 9)], 1, "AB", "AB"),
        ("SYSCALL_PTRACE_X", [0, (0, 0xAB), (1, 9)], 2, "9(SIGKILL)", "SIGKILL"),
        ("SYSCALL_PTRACE_X", [0, b"\x09xx", b"\x01"], 1, "INVALID DYNAMIC PARAMETER", "INVALID DYNAMIC PARAMETER"),
        ("SYSCALL_READ_X", [3, b"a\nb"], 1, "a.b", "a.b"),
        ("SYSCALL_READ_X", [0, b""], 1, "NULL", "NULL"),
        ("SYSCALL_READ_E", [b"\3", 10], 0, "NULL", "NULL"),
    ],
)
def test_in_full_and_the_best(name: str, params: list[Any], index: int, full: str, best: str) -> None:
    assert texts(name, params, index, True) == [full] and texts(name, params, index, False) == [best]


def test_long_buffers() -> None:
    """Shortened where sysdig does it; not for JSON, not without a limit, not by the current libraries."""
    data: list[Any] = [0, b"x" * 90]
    assert texts("SYSCALL_READ_X", data, 1, True) == ["x" * 77 + "..."]
    for options in (RenderOptions(json=True), RenderOptions(max_len=0)):
        assert texts("SYSCALL_READ_X", data, 1, True, options) == ["x" * 90]
    assert texts("SYSCALL_READ_X", [*data, 3, 90], 1, True, generation=CURRENT) == ["x" * 90]
    assert "78 78" in texts("SYSCALL_READ_X", data, 1, True, RenderOptions(buffers=HEX))[0].replace("7878", "78 78")


def test_what_does_not_print_goes() -> None:
    assert texts("SYSCALL_ACCESS_X", [0, "/a\x1b[1m"], 1, True) == ["/a[1m"]


@pytest.mark.parametrize(
    ("type_", "old", "current"), [("BYTEBUF", "NULL", "NULL"), ("UINT32", "NULL", "<NA>"), ("SOCKTUPLE", "NULL", "NULL")]
)
def test_what_stands_for_nothing(type_: str, old: str, current: str) -> None:
    assert (empty_text(type_, OLD), empty_text(type_, CURRENT)) == (old, current)
