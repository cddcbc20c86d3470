"""Commands for the selection: lists of words."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from typing import Any

import pytest

from pysysdig.errors import UsageError
from pysysdig.ui.actions import words
from pysysdig.ui.table import table_of
from pysysdig.ui.table_screen import About
from pysysdig.views.loader import every_view, find_view
from pysysdig.views.model import SPECTROGRAM, layout
from tests.ui.stage import Stage, played
from tests.ui.tables import frame, processes

LIVE = About("", ())


def of_directory(name: str) -> list[str]:
    table = table_of(frame(find_view("directories"), [(name, {"DIRNAME": name})]))
    return words("ls -al %fd.directory", table, 0)


@pytest.mark.parametrize("name", [";reboot;", "$(reboot)", "a b", "`x`", "a\nb", "%proc.pid", "'\""])
def test_a_value_is_one_word(name: str) -> None:
    assert of_directory(name) == ["ls", "-al", name]


@pytest.mark.parametrize("name", ["-rf", "--x", "", "a\0b"])
def test_values_that_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        of_directory(name)


def test_numbers_and_text_around_them() -> None:
    assert words("gdb -p %proc.pid --x=%proc.pid", processes(), 1) == ["gdb", "-p", "22", "--x=22"]
    with pytest.raises(UsageError, match="fd.name"):
        words("less %fd.name", processes(), 0)


def test_the_actions_of_all_views_have_their_values() -> None:
    """With -pc or without."""
    for view in every_view():
        if view.kind == SPECTROGRAM or view.id.startswith(("mesos", "marathon")):
            continue
        key = "7" if view.kind == "list" else 7
        plan = layout(view)
        table = table_of(frame(view, [(key, {c.title: 5 for c in plan.shown})]))
        for action in view.actions:
            try:
                assert "%" not in " ".join(words(action.command, table, 0))
            except UsageError as error:
                assert "is not in this view" in str(error), (view.id, action)


def test_hot_keys_run_them_live_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []

    def run(argv: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append(argv)
        return subprocess.CompletedProcess(argv, 0)

    monkeypatch.setattr("pysysdig.ui.tables.subprocess.run", run)
    monkeypatch.setattr("sys.stdin.readline", lambda: "", raising=False)

    async def live(stage: Stage) -> None:
        monkeypatch.setattr(stage.app, "suspend", nullcontext)
        await stage.press("down", "c")
        assert ran == [["gcore", "22"]]
        await stage.press("k")  # that asks first, and No is first
        assert stage.title() == "Chooser" and "kill 22" in stage.text("list")
        await stage.press("enter")
        assert len(ran) == 1
        await stage.press("k", "down", "enter")
        assert ran[-1] == ["kill", "22"]
        await stage.press("f8", *"lsof", "enter")
        assert ran[-1] == ["lsof", "-p", "22"]

    async def trace(stage: Stage) -> None:
        await stage.press("k", "g")
        await stage.press("f8", "enter")
        assert len(ran) == 3

    played(live, about=LIVE)
    played(trace)
