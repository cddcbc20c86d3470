"""Transformer calls in formats."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.format.calls import LONGEST, Call
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.render.options import PLAIN
from pysysdig.rules.output_format import OutputFormat
from tests.format.machine import view_of


def test_transformers_are_fields_like_any_other() -> None:
    view, sel = view_of(), np.arange(4)
    assert OutputFormat("%toupper(evt.type)|%6toupper(evt.type)|", OLD).texts(view, sel) == [
        "READ|READ  |", "READ|READ  |", "CLOSE|CLOSE |", "READ|READ  |",
    ]  # fmt: skip
    assert Printer(Template("%toupper(evt.type)|%6toupper(evt.type)|")).render(view, sel[2:3]) == "CLOSE|CLOSE |\n"


@pytest.mark.parametrize(
    ("text", "length", "type_", "fmt", "fields"),
    [
        ("len(proc.name)x", 14, "UINT64", "DEC", ["proc.name"]),
        ("tolower(proc.name) ", 18, "CHARBUF", "NA", ["proc.name"]),
        ("concat(proc.name, fd.name)", 26, "CHARBUF", "NA", ["proc.name", "fd.name"]),
    ],
)
def test_what_a_call_is(text: str, length: int, type_: str, fmt: str, fields: list[str]) -> None:
    call = Call(text, CURRENT, PLAIN)
    assert call.text == text[:length]
    assert (call.field.type, call.field.fmt) == (type_, fmt)
    assert [ref.text for ref in call.refs] == fields


@pytest.mark.parametrize("text", ["toupper(", "toupper(proc.nme)", "toupper(evt.num)", "toupper(" + "x" * LONGEST + ")"])
def test_calls_that_are_none(text: str) -> None:
    with pytest.raises(FilterError):
        Call(text, CURRENT, PLAIN)
