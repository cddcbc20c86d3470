"""The line that a run writes over and over: only on terminals."""

from __future__ import annotations

import os

import pytest

from pysysdig.cli import status as module
from pysysdig.cli.status import StatusLine


@pytest.fixture
def terminals(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The descriptors that are terminals."""
    found: set[int] = set()
    monkeypatch.setattr(os, "isatty", lambda fd: fd in found)
    return found


def test_no_terminal_no_line(terminals: set[int], capsys: pytest.CaptureFixture[str]) -> None:
    line = StatusLine()
    line.show("1 event")
    line.say("done")
    line.clear()
    assert capsys.readouterr().err == "" and not line.due()


def test_it_is_written_over(terminals: set[int], capsys: pytest.CaptureFixture[str]) -> None:
    """What was longer is wiped out; what stays stands in a line of its own."""
    terminals.add(2)
    line = StatusLine()
    for text in ("100 events", "5"):
        line.show(text)
    line.say("done")
    assert capsys.readouterr().err == "\r100 events\r5         \r \rdone\n"


def test_versions_get_lines_where_output_goes_to_the_terminal_too(
    terminals: set[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminals.update((1, 2))
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])  # type: ignore[attr-defined]
    line = StatusLine()
    line.show("a")
    line.show("b")
    assert capsys.readouterr().err == "a\nb\n" and not line.due()
    now[0] += 6
    assert line.due()
