"""Places in rule files."""

from __future__ import annotations

import pytest

from pysysdig.events.text import from_user
from pysysdig.rules.places import Place, Places

FIRST = """\
- list: shells
  items: [bash,
    zsh]
- macro: opened
  condition: >
    evt.type in (open,
    openat) and
    fd.num >= 0
- rule: R
  condition: opened and proc.name in (shells)
  exceptions:
  - name: e
    fields: [proc.name, fd.name]
    values:
    - [cat, /etc]
    - [ls, /tmp]
"""
SECOND = """\
- list: shells
  append: true
  items: [dash]
- rule: R
  condition: and evt.dir=<
  exceptions: [{name: e, values: [[rm, /x]]}]
  override: {condition: append, exceptions: append}
- rule: R
  enabled: false
  override: {enabled: replace}
"""


@pytest.fixture
def places() -> Places:
    return Places({"a.yaml": FIRST.encode(), "b.yaml": SECOND.encode()})


def test_items_of_lists(places: Places) -> None:
    assert places.element("shells", "zsh") == Place("a.yaml", 3, 5)
    assert places.element("shells", "dash") == Place("b.yaml", 3, 11)
    assert places.element("shells", "fish") is None and places.element("other", "zsh") is None


def test_rows_of_exceptions_of_several_files(places: Places) -> None:
    found = [places.row("R", "e", number) for number in range(4)]
    assert found == [Place("a.yaml", 15, 7), Place("a.yaml", 16, 7), Place("b.yaml", 6, 35), None]


@pytest.mark.parametrize(("kind", "name", "word"), [("macro", "opened", "fd.num"), ("rule", "R", "proc.name")])
def test_a_word_of_a_condition_is_found_where_it_is_written(places: Places, kind: str, name: str, word: str) -> None:
    written = places.condition(kind, name)
    assert written is not None
    text = {"opened": "evt.type in (open, openat) and fd.num >= 0\n", "R": "opened and proc.name in (shells) and evt.dir=<"}[name]
    place = written.at(text.index(word))
    line = (FIRST if place.file == "a.yaml" else SECOND).splitlines()[place.line - 1]
    assert line[place.column - 1 :].startswith(word)


def test_what_was_appended_is_in_the_other_file(places: Places) -> None:
    written = places.condition("rule", "R")
    assert written is not None
    assert written.at(len("opened and proc.name in (shells) and ")) == Place("b.yaml", 5, 18)


@pytest.mark.parametrize("style", ["'{}'", '"{}"', "{}", "|\n    {}", ">-\n    {}"])
def test_styles_of_scalars_and_text_beyond_ascii(style: str) -> None:
    condition = "fd.name=/é/ü and proc.name=x"
    content = "- macro: m\n  condition: " + style.format(condition)
    written = Places({"f": content.encode()}).condition("macro", "m")
    assert written is not None
    place = written.at(from_user(condition).index("proc"))
    assert content.splitlines()[place.line - 1][place.column - 1 :].startswith("proc.name=x")


def test_what_replaces_a_definition_takes_its_place() -> None:
    later = FIRST.replace("openat", "creat").replace("[cat, /etc]", "[tac, /etc]")
    places = Places({"a": FIRST.encode(), "b": later.encode()})
    assert {p.file for p in (places.item("rule", "R"), places.row("R", "e", 0), places.element("shells", "zsh")) if p} == {"b"}
    assert places.row("R", "e", 2) is None
