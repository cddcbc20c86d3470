"""Columns as text and JSON values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.events.column import Column, NumColumn, ObjColumn, encoded
from pysysdig.fields.registry import Field
from pysysdig.render import values
from pysysdig.render.options import RenderOptions

OPTIONS = RenderOptions()


def field(type_: str, fmt: str = "DEC", flags: tuple[str, ...] = (), name: str = "a.b") -> Field:
    return Field(name, "a", "both", "", ("current_libs",), {"current_libs": (type_, fmt, flags)})


def numbers(*items: float, valid: list[bool] | None = None) -> NumColumn:
    return NumColumn(np.array(items), None if valid is None else np.array(valid))


@pytest.mark.parametrize(
    ("of", "column", "text", "json"),
    [
        (field("INT64"), numbers(1, -2), ["1", "-2"], [1, -2]),
        (field("INT64"), numbers(1, 2, valid=[True, False]), ["1", None], [1, None]),
        (field("UINT64", "10_PADDED_DEC"), numbers(3896), ["000003896"], ["000003896"]),
        (field("RELTIME", "10_PADDED_DEC", name="evt.latency.ns"), numbers(3896), ["000003896"], [3896]),
        (field("UINT64", "HEX"), numbers(0xABC), ["ABC"], ["ABC"]),
        (field("UINT64", "OCT"), numbers(8), ["10"], ["10"]),
        (field("BOOL", "NA"), numbers(True, False), ["true", "false"], [True, False]),
        (field("DOUBLE", "NA"), numbers(1.25), ["1.2"], [1.25]),
        (field("IPADDR", "NA"), encoded([b"\x7f\0\0\x01", None, bytes(15) + b"\x01"]), ["127.0.0.1", None, "::1"],
         ["127.0.0.1", None, "::1"]),
        (field("CHARBUF", "NA"), encoded(["a", None, ""]), ["a", None, ""], ["a", None, ""]),
        (field("CHARBUF", "NA", ("IS_LIST",)), ObjColumn([("a", "b"), (), None]), ["(a,b)", "()", None], [["a", "b"], [], None]),
        (field("BYTEBUF", "NA"), ObjColumn([b"a\nb" + b"x" * 90, None]), ["a.b" + "x" * 74 + "...", None],
         ["a.b" + "x" * 74 + "...", None]),
    ],
)  # fmt: skip
def test_values(of: Field, column: Column, text: list[Any], json: list[Any]) -> None:
    assert values.texts(of, column, OPTIONS) == text
    assert values.json_values(of, column, OPTIONS) == json
