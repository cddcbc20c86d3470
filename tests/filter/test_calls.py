"""Calls of transformers: what they take is refused with its place, and what they give."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.events.table import OLD
from pysysdig.filter import compile_filter
from pysysdig.filter.ast import Check
from pysysdig.filter.checker import Checker
from pysysdig.filter.parser import parse

REFUSED = [
    (
        "tolower(evt.num)=a",
        "can't add field transformer: type 'UINT64' is not supported by 'tolower' transformer applied on field 'evt.num'",
        0,
    ),
    ("tolower(len(proc.name))=a", "can't add field transformer: type 'UINT64' is not supported by 'tolower'", 0),
    ("tolower(fd.ip)=a", "field 'fd.ip' does not support transformers", 8),
    ("tolower(proc.name)[2]=a", "filter error: transformer 'tolower' does not support field arguments", 0),
    ("tolower(proc.name, proc.name)=a", "transformer 'tolower' takes exactly one argument", 0),
    ("join(proc.name, fd.name)=a", "join() second argument must be a list", 16),
    ("join(',')=a", "join() requires exactly 2 arguments: separator and list", 0),
    ("concat(proc.name, evt.num)=a", "concat() arguments must be strings", 18),
    ("concat(proc.name)=a", "concat() requires at least 2 arguments", 0),
    ("getopt(proc.name, 'a:') in (a)", "getopt() first argument must be a list", 7),
    ("getopt((proc.name), 'a:')[ab]=a", "getopt() field argument must be a single option character", 0),
    ("fd.name=val(proc.name)[1]", "filter error: transformer 'val' does not support field arguments", 8),
    ("concat(proc.name, fd.types)=a", "concat() arguments must be strings", 18),
    ("join(proc.args, proc.args)=a", "join() second argument must be a list", 16),
    ("getopt((proc.name), fd.types)=a", "getopt() second argument (optstring) must be a single value", 20),
    ("getopt((proc.name))=a", "getopt() requires exactly 2 arguments: args list and optstring", 0),
]


@pytest.mark.parametrize(("text", "message", "index"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(text: str, message: str, index: int) -> None:
    with pytest.raises(FilterError) as info:
        compile_filter(text, OLD)
    assert str(info.value).startswith(message)
    assert (info.value.text, info.value.index) == (text, index)


@pytest.mark.parametrize(
    ("text", "type_", "is_list"),
    [
        ("len(proc.name)=1", "UINT64", False),
        ("len(fd.types)=1", "UINT64", False),
        ("tolower(fd.name)=a", "CHARBUF", False),
        ("toupper(fd.types) in (A)", "CHARBUF", True),
        ("b64(evt.buffer) contains a", "BYTEBUF", False),
        ("concat(proc.name, proc.exe)=a", "CHARBUF", False),
        ("join(',', (proc.name, fd.num))=a", "CHARBUF", False),
        ("getopt((proc.name), 'a:') in (a)", "CHARBUF", True),
        ("getopt((proc.name), 'a:')[a]=x", "CHARBUF", False),
    ],
)
def test_types(text: str, type_: str, is_list: bool) -> None:
    check = parse(text)
    assert isinstance(check, Check)
    operand = Checker(text, OLD).left(check)
    assert (operand.type, operand.is_list) == (type_, is_list)
