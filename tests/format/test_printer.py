"""The printer: which events have a line, and JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pysysdig.events.table import CURRENT
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.render.options import RenderOptions
from tests.format.machine import view_of

EVERY = np.arange(4)
JSON = RenderOptions(json=True)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("%evt.num %evt.rawarg.size", "1 10\n"),
        ("*%evt.num %evt.rawarg.size", "1 10\n2 <NA>\n3 <NA>\n4 <NA>\n"),
        ("plain", "plain\n" * 4),
        ("*", "\n" * 4),
        ("%fd.sport", ""),  # nobody has one
    ],
)
def test_events_that_lack_a_field_have_no_line(text: str, want: str) -> None:
    assert Printer(Template(text)).render(view_of(), EVERY) == want


def test_nothing_of_no_events() -> None:
    assert Printer(Template("*x")).render(view_of(), EVERY[:0]) == ""


def test_json_has_the_fields_by_name() -> None:
    template = Template("*b %5proc.name a %evt.num %fd.sport %proc.name", JSON)
    lines = Printer(template).render(view_of(), EVERY).splitlines()
    assert [list(json.loads(line)) for line in lines] == [["evt.num", "fd.sport", "proc.name"]] * 4
    assert json.loads(lines[0]) == {"evt.num": 1, "fd.sport": None, "proc.name": "cét"}
    assert Printer(Template("plain", JSON)).render(view_of(), EVERY[:2]) == "null\nnull\n"


def test_json_for_terminals_stays_valid() -> None:
    line = Printer(Template("%fd.name", JSON), terminal=True).render(view_of(CURRENT), EVERY[:1])
    assert "\x1b" not in line and json.loads(line) == {"fd.name": "/a\x1bb"}
