"""Whole screens, as text: what stands where. `python -m tests.ui.test_screens` writes the files in screens/ anew; look at them.

Pictures (SVG) change with every release of Textual; texts do not. The line of keys at the bottom is Textual's, and left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pysysdig.report.comparison import Difference
from pysysdig.rules.listed import Row
from pysysdig.ui.messages import Compared, Facts, Find, Lines, Ruled, Rules
from pysysdig.ui.table_screen import About
from tests.ui.stage import Stage, played
from tests.ui.test_difference import FOUND
from tests.ui.test_overview import glanced

FOLDER = Path(__file__).parent / "screens"
ABOUT = About("x\x1b[2J.scap", ("-r", "x.scap", "--rules", "r.yaml"), "", False, True, True, against="b\x1b]0;x\x07.scap")
HOSTILE = "\x1b]0;t\x07 [red] \u202e \x9b31m " + "x" * 4096
RULES = [
    Row(True, 3, "Shell", ("mitre", "process"), "syscall", "r.yaml", 1, HOSTILE),
    Row(False, 6, HOSTILE, ("fs",), "syscall", "r.yaml", 9, "passwords"),
]


async def tables(stage: Stage) -> None:
    counts = tuple(range(40))
    alerts = tuple(int(i == 30) for i in range(40))
    losses = tuple(int(i == 10) for i in range(40))
    stage.engine.say(Facts(1234, 2_000_000_000, 1, 5, 1, counts, losses, alerts))
    await stage.press("down", "enter")
    await stage.show()


async def dig(stage: Stage) -> None:
    await stage.press("d")
    asked = stage.last
    assert isinstance(asked, Find)
    lines = [(5, "5 12:00:00.000000005 0 alpha (11) < open fd=3"), (7, "7 beta\\x1b[31m [red] " + "y" * 300)]
    stage.engine.say(Lines(asked.number, lines, 3, True))
    await stage.press("down")


async def rules(stage: Stage) -> None:
    await stage.press("R")
    asked = stage.last
    assert isinstance(asked, Rules)
    stage.engine.say(Ruled(asked.number, RULES, {"Shell": 7}, True))
    await stage.press("down")


async def overview(stage: Stage) -> None:
    stage.engine.say(Facts(1234, 2_000_000_000, 1, 5, 1, (7, 9), (0, 5), (1, 0)))
    await stage.press("down", "enter", "O")
    stage.engine.say(glanced(stage.last.number))
    await stage.press("down")


async def differences(stage: Stage) -> None:
    await stage.press("D")
    found = [*FOUND, Difference("File", HOSTILE, 3.0, 0.0, "")]
    stage.engine.say(Compared(stage.last.number, found, 1.0, True))
    await stage.press("down")


SCREENS: dict[str, tuple[Callable[[Stage], Awaitable[None]], tuple[int, int]]] = {
    "tables": (tables, (100, 16)),
    "tables_60": (tables, (60, 12)),
    "dig": (dig, (100, 12)),
    "dig_60": (dig, (60, 12)),
    "rules": (rules, (120, 12)),
    "rules_60": (rules, (60, 12)),
    "overview": (overview, (100, 12)),
    "overview_60": (overview, (60, 12)),
    "diff": (differences, (100, 12)),
    "diff_60": (differences, (60, 12)),
}


def drawn(name: str) -> str:
    """The text of a screen."""
    reach, size = SCREENS[name]
    out: list[str] = []

    async def act(stage: Stage) -> None:
        await reach(stage)
        await stage.pilot.pause()
        out.extend(line.rstrip() for line in stage.text().splitlines()[:-1])

    played(act, size=size, about=ABOUT)
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_it_was(name: str) -> None:
    text = drawn(name)
    assert text == (FOLDER / f"{name}.txt").read_text()
    assert all(c.isprintable() or c == "\n" for c in text)


if __name__ == "__main__":
    for screen in SCREENS:
        (FOLDER / f"{screen}.txt").write_text(drawn(screen))
