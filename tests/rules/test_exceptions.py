"""Exceptions of rules: read, completed, refused."""

from __future__ import annotations

import pytest

from tests.rules.texts import OPEN, compiled, errors, load, rule


def test_exceptions() -> None:
    text = rule("evt.type=open and fd.num=3") + (
        "  exceptions:\n"
        "    - {name: x1, fields: [proc.name, fd.name], comps: [in, startswith], values: [[cat, /etc], [[a, b], /x y]]}\n"
        "    - {name: x2, fields: proc.name, values: [q, r s]}\n"
        "    - {name: x3, fields: [proc.pname], values: [[w]]}\n"
        "    - {name: x4, fields: fd.name, comps: startswith oneof}\n"
    )
    more = "- rule: r\n  exceptions:\n    - {name: x2, values: [zz]}\n    - {name: x4, values: [/a, /b]}\n  append: true\n"
    assert compiled(text, more) == (
        f"({OPEN} and fd.num = 3 and not ((proc.name in (cat) and fd.name startswith /etc) or (proc.name in (a, b) and "
        'fd.name startswith "/x y")) and not proc.name in (q, "r s", zz) and not proc.pname = w and not fd.name startswith '
        "oneof (/a, /b))"
    ).replace("(evt", "((evt").replace("fd.num = 3 and", "fd.num = 3) and")
    (one,) = load(text).rules
    assert one.exception_fields == ["proc.name", "fd.name", "proc.pname"]


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("{name: e, fields: [proc.name, fd.name], comps: [=], values: []}", "Fields and comps lists must have equal length"),
        ("{name: e, fields: [proc.name], values: [[a, b]]}", "Fields and values lists must have equal length"),
        ("{name: e, fields: [no.such], values: [[a]]}", "'no.such' is not a supported filter field"),
        ("{name: e, fields: [proc.name], comps: [like], values: [[a]]}", "'like' is not a supported comparison operator"),
        ("{name: e, fields: proc.name, comps: [in]}", "Fields and comps must both be strings"),
        ("{name: e, fields: proc.name, comps: in, values: [[a]]}", "Expected values array to contain a list of strings"),
        ("{name: e, fields: proc.name, comps: =}", "When fields is a single value, comps must be one of"),
        ("{name: e, fields: []}", "Rule exception item must have fields property with a list of fields"),
        ("{name: e}", "Item has no mapping for key 'fields'"),
        ("{fields: proc.name}", "Item has no mapping for key 'name'"),
        ("{name: e, fields: 'proc.name=a or proc.name'}", "is not a supported filter field"),
    ],
)
def test_bad_exceptions(exception: str, message: str) -> None:
    (found,) = errors(rule("evt.type=open", exceptions=f"[{exception}]"))
    assert message in found[1]
