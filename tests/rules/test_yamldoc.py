"""YAML as nodes that know their places, within limits."""

from __future__ import annotations

import pytest

from pysysdig.rules import yamldoc
from pysysdig.rules.load import RuleText
from pysysdig.rules.validate import validate
from tests.rules.texts import load


def test_the_place_of_nothing_is_the_next_token() -> None:
    (problem,) = load("- list: l\n  items:  # none\n\n- list: m\n  items: [a]\n").results[0].errors
    assert problem.context.locations[-1].position == (3, 0, 28)


def test_bytes_that_are_not_text() -> None:
    assert validate([RuleText("f", bytes(range(256)))]).status == 1
    assert validate([RuleText("f", b"- list: \xff\xfe\n  items: [a]\n")]).status == 0


def test_errors_name_their_place() -> None:
    document = yamldoc.Document(b"- \xc3\xa4: 1\n- [")
    with pytest.raises(yamldoc.YamlError) as caught:
        document.read()
    assert document.told("a.yaml", caught.value).startswith("a.yaml:2:")
    assert document.told("a.yaml", yamldoc.YamlError("too long")) == "a.yaml: too long"


def test_nodes_know_where_they_are() -> None:
    (root,) = yamldoc.Document(b"a: [1, 'x y']\nb: ~\na: 2\n").read()
    first = root.entries["a"]
    assert (first.style, [item.text for item in first.items]) == ("[", ["1", "x y"]) and first.index == 3
    assert root.entries["b"].kind == yamldoc.NULL and len(root.pairs) == 3 and root.get("c") is None
