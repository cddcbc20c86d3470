"""Lists and exceptions become part of the text of conditions."""

from __future__ import annotations

import pytest

from pysysdig.rules import expand
from tests.rules.texts import OPEN, compiled, errors, rule, warnings


def test_lists_replace_their_names() -> None:
    lists = '- list: l1\n  items: [a, "b c"]\n- list: l2\n  items: [l1, d]\n- list: l3\n  items: [l2, e]\n'
    lists += "- list: emp\n  items: []\n"
    assert compiled(lists + rule("evt.type=open and proc.name in (l2, z)")) == f'({OPEN} and proc.name in (a, "b c", d, z))'
    # one level is made when lists are, the others when conditions are: only in order of definition
    assert compiled(lists + rule("evt.type=open and proc.name in (l3)")) == f"({OPEN} and proc.name in (l1, d, e))"
    assert compiled(lists + rule("evt.type=open and proc.name in (x, emp)")) == f"({OPEN} and proc.name in (x))"
    assert compiled(lists + rule("evt.type=open and proc.name in (emp, x)")) == f"({OPEN} and proc.name in (x))"
    assert compiled(lists + rule("evt.type=open and proc.name in (emp)")) == f"({OPEN} and proc.name in ())"


def test_a_later_list_is_replaced_in_items_of_an_earlier_one() -> None:
    text = "- list: a\n  items: [b]\n- list: b\n  items: [x, y]\n"
    assert compiled(text + rule("evt.type=open and proc.name in (a)")) == f"({OPEN} and proc.name in (x, y))"


def test_a_list_in_itself_is_a_word() -> None:
    text = "- list: l\n  items: [l, a]\n" + rule("evt.type=open and proc.name in (l)")
    assert compiled(text) == f"({OPEN} and proc.name in (l, a))"


def test_a_list_name_is_replaced_wherever_it_stands() -> None:
    text = "- list: one\n  items: [x]\n"
    assert compiled(text + rule("evt.type=open and proc.name = one")) == f"({OPEN} and proc.name = x)"
    assert compiled(text + rule("evt.type=open and proc.name = onetwo")) == f"({OPEN} and proc.name = onetwo)"
    assert compiled("- list: my list\n  items: [x]\n" + rule("evt.type=open and proc.name in (my list)")).endswith("(x))")


def test_old_style_conditions() -> None:
    lists = "- list: c2\n  items: ['\"47.240.167.128\"', '\"114.114.114.114\"']\n- list: nets\n  items: ['\"10.0.0.0/8\"']\n"
    text = rule("evt.type=connect and evt.dir=< and (fd.sip in (c2) or fd.snet in (nets)) and fd.l4proto=udp")
    assert compiled(lists + text) == (
        "(evt.type = connect and evt.dir = < and (fd.sip in (47.240.167.128, 114.114.114.114) or fd.snet in (10.0.0.0/8)) and "
        "fd.l4proto = udp)"
    )
    assert warnings(lists + text) == ["LOAD_DEPRECATED_ITEM"]
    assert compiled(rule("evt.type=open and not fd.num=1 or fd.num=2 and fd.num=3")) == (
        "((evt.type = open and not fd.num = 1) or (fd.num = 2 and fd.num = 3))"
    )


def test_lists_of_too_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are only long with others in them."""
    monkeypatch.setattr(expand, "MAX_ITEMS", 3)
    text = "- list: a\n  items: [x, y]\n- list: b\n  items: [a, z]\n- list: c\n  items: [a, a]\n"
    assert errors(text + rule("evt.type=open and proc.name in (b)")) == [("LOAD_ERR_VALIDATE", "a list of more than 3 items")]
