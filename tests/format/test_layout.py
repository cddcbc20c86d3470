"""Literals and fields that make a line: as if each line were put together by itself, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.chiselkit.runner import fit_characters
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields.lookup import lookup
from pysysdig.format.layout import Layout
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.render import values
from pysysdig.render.options import HEX, RenderOptions
from pysysdig.render.pieces import lines, padded
from pysysdig.rules.output_format import OutputFormat
from tests.format.machine import view_of

FIELDS = (
    "evt.num", "evt.type", "evt.args", "proc.name", "fd.name", "fd.sport", "evt.rawarg.res", "evt.arg.data", "evt.buffer",
    "evt.is_io", "proc.aname[1]", "evt.deltatime", "fd.rip", "evt.latency",
)  # fmt: skip


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(buffers=HEX, max_len=0)], ids=["plain", "hex"])
@pytest.mark.parametrize("width", [0, 1, 4, 30])
def test_lines_are_what_each_would_be_alone(width: int, options: RenderOptions) -> None:
    view = view_of()
    sel = np.arange(len(view))
    text = "*" + "".join(f"<{name}=%{width or ''}{name}>" for name in FIELDS)
    want = [""] * len(view)
    for name in FIELDS:
        ref = lookup(name, options=options)
        shown = ["<NA>" if t is None else t for t in values.texts(ref.field, ref.shown(view, sel), options)]
        want = [line + f"<{name}={t[:width].ljust(width) if width else t}>" for line, t in zip(want, shown)]
    assert Printer(Template(text, options)).render(view, sel) == "".join(line + "\n" for line in want)
    assert OutputFormat(text, OLD, options).texts(view, sel) == want
    template = Template(text, options)
    layout = Layout(template.parts, options)
    assert lines(layout.pieces(layout.columns(view, sel)), len(sel)) == want


def test_widths_of_chisels_are_in_characters() -> None:
    view, sel = view_of(), np.arange(1)
    template = Template("%3proc.name|%5proc.name|")
    for fit, want in ((fit_characters, "c\xc3\xa9t|c\xc3\xa9t  |"), (padded, "c\xc3\xa9|c\xc3\xa9t |")):
        layout = Layout(template.parts, template.options, fit=fit)
        assert lines(layout.pieces(layout.columns(view, sel)), 1) == [want]


def test_on_terminals_values_are_escaped_and_literals_are_not() -> None:
    view, sel = view_of(CURRENT), np.arange(1, 2)
    template = Template("\x1b[1m%fd.name")
    layout = Layout(template.parts, template.options, terminal=True)
    assert lines(layout.pieces(layout.columns(view, sel)), 1) == ["\x1b[1m/a\\x1bb"]
