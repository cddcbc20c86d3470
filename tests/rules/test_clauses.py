"""What conditions consist of."""

from __future__ import annotations

from pysysdig.rules.clauses import AND, CHECK, NOT, Anatomy, Clause
from pysysdig.rules.load import RuleText, load_rules

RULES = """
- list: more
  items: [zsh, 'a b']
- list: shells
  items: [bash, more]
- list: nobody
  items: []
- macro: first
  condition: (evt.num=0)
- macro: second
  condition: (evt.num=0)
- macro: both
  condition: first or not second
- rule: R
  desc: d
  condition: >
    evt.type=execve and proc.name in (shells, nobody) and not both
  output: o
  priority: INFO
  exceptions:
  - name: none
    fields: proc.name
  - name: pairs
    fields: [proc.name, fd.name]
    comps: [=, startswith]
    values: [[cat, /etc], [ls, /tmp]]
  - name: names
    fields: proc.pname
    values: [x, y]
"""


def root(text: str = RULES) -> tuple[Anatomy, Clause]:
    loaded = load_rules([RuleText("f.yaml", text.encode())])
    assert loaded.successful, loaded.results[0].as_text()
    anatomy = Anatomy(loaded)
    return anatomy, anatomy.rule(loaded.rules[0])


def test_macros_with_equal_bodies_keep_their_names() -> None:
    _, whole = root()
    used = [clause.macros for clause in whole.walk() if clause.macros]
    assert used == [("both",), ("first",), ("second",)]


def test_exceptions_are_known_by_name_and_row() -> None:
    _, whole = root()
    assert whole.kind == AND and [term.exception for term in whole.terms] == ["", "pairs", "names"]
    rows = [(c.exception, c.row, c.kind) for c in whole.terms[1].walk() if c.row >= 0]
    assert rows == [
        ("pairs", 0, AND),
        ("pairs", 0, CHECK),
        ("pairs", 0, CHECK),
        ("pairs", 1, AND),
        ("pairs", 1, CHECK),
        ("pairs", 1, CHECK),
    ]
    assert whole.terms[1].kind == NOT and str(whole.terms[1].place) == "f.yaml:26"


def test_items_are_known_by_the_list_that_has_them() -> None:
    anatomy, whole = root()
    leaf = next(c for c in whole.leaves() if c.text.startswith("proc.name in"))
    assert leaf.text == "proc.name in (shells, nobody)" and leaf.lists == ("shells", "nobody")
    items = anatomy.items(leaf)
    assert [(item.text, item.list, item.place and item.place.line) for item in items] == [
        ("bash", "shells", 5), ("zsh", "more", 3), ("a b", "more", 3),
    ]  # fmt: skip


def test_comparisons_have_places() -> None:
    _, whole = root()
    places = {c.text: (c.place.line, c.place.column) for c in whole.walk() if c.place is not None and not c.exception}
    assert places["evt.type = execve"] == (17, 5) and places["both"] == (17, 63) and places["first"] == (13, 14)
