"""The program on the screen, at several sizes and without colour."""

from __future__ import annotations

import pytest

from pysysdig.ui.messages import Facts
from tests.ui.stage import Stage, played


@pytest.mark.parametrize("size", [(60, 12), (80, 24), (200, 60)])
def test_sizes(size: tuple[int, int]) -> None:
    async def act(stage: Stage) -> None:
        assert "PID" in stage.text() and "alpha" in stage.text("grid") if size[0] > 80 else "11" in stage.text("grid")
        await stage.pilot.resize_terminal(70, 15)
        await stage.pilot.pause()
        assert all(len(line) == 70 for line in stage.text().splitlines())
        await stage.press("f2", "escape", "enter")

    played(act, size=size)


def test_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(stage: Stage) -> None:
        assert ">" in stage.text("grid")  # the cursor is seen without colours, too
        await stage.press("down", "f2", "escape", "f1", "escape", "enter")
        assert stage.asked.filter.endswith("proc.pid=22")

    played(act)


def test_a_table_that_comes_after_another_screen_knows_the_capture() -> None:
    async def act(stage: Stage) -> None:
        stage.engine.say(Facts(1306, 5_000_000_000, 1, 0, 2_500_000_000, (700, 606)))  # said once, when the capture is read
        await stage.pilot.pause()
        await stage.press("f2", "enter")
        assert stage.title() == "Tables"
        assert "1,306 evts, 5.00s" in stage.text("source") and "█" in stage.text("brush")

    played(act, view="spectrogram")
