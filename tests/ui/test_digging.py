"""Events as lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.render.options import RenderOptions
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import ORDERS
from pysysdig.ui.digging import DATA, DOTTED, HEX, PRINTABLE, Digger, data_lines, details
from pysysdig.views.feed import LEVEL
from tests.conftest import Call

OPTIONS = RenderOptions()


def test_lines_are_those_that_are_printed(call_cli: Call, root: Path) -> None:
    demo = root / "captures" / "demo.scap"
    printed = call_cli("-r", demo).stdout.decode().splitlines()
    digger = Digger(False, DOTTED, OPTIONS)
    with open_any(str(demo)) as capture:
        found = [
            line for view, sel in replay(capture.sections(), level=LEVEL) for line in digger.lines(view, digger.told(view, sel))
        ]
    assert [text for _, text in found] == printed
    assert [str(number) for number, _ in found] == [line.split()[0] for line in printed]


def test_data_is_that_of_echo_fds(call_cli: Call, root: Path) -> None:
    """The heads of the same events, and their text."""
    demo = root / "captures" / "demo.scap"
    printed = call_cli("-r", demo, "-c", "echo_fds").stdout.decode().splitlines()
    digger = Digger(True, DOTTED, OPTIONS)
    with open_any(str(demo)) as capture:
        found = [line for view, sel in replay(capture.sections(), DATA, level=LEVEL) for line in digger.lines(view, sel)]
    heads = [text.split()[1:2] + text.split()[4:] for _, text in found if text.startswith("------")]
    expected = [line.split()[1:2] + line.split()[4:] for line in printed if "------" in line]
    assert len(heads) == len(expected) and [h[0] for h in heads] == [e[0] for e in expected]


@pytest.mark.parametrize(
    ("mode", "lines"),
    [(DOTTED, ["a.b."]), (PRINTABLE, ["a", "b"]), (HEX, ["\t0x0000: 610a 6200" + " " * 32 + "a.b."])],
)
def test_ways_to_show_data(mode: str, lines: list[str]) -> None:
    assert [line.split() for line in data_lines(b"a\nb\0", mode)] == [line.split() for line in lines]


def test_details_are_the_fields_of_one_event(call_cli: Call, root: Path) -> None:
    demo = root / "captures" / "demo.scap"
    with open_any(str(demo)) as capture:
        for view, sel in replay(capture.sections(), f"{DATA} and evt.is_io_write=true", level=ORDERS):
            fields, data = details(view, int(sel[0]), OPTIONS)
            break
    found = dict(fields)
    asked = [n for n in ("evt.type", "proc.name", "proc.pid", "fd.num", "evt.rawres", "user.name", "thread.tid") if n in found]
    line = call_cli("-r", demo, "-p", " ".join(f"%{n}" for n in asked), f"evt.num={found['evt.num']}").stdout.decode().split()
    assert line == [found[n] for n in asked] and len(asked) > 5
    assert int(found["evt.rawres"]) >= len(data) > 0
    assert all(value.isprintable() for value in found.values())
