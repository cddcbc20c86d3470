"""Trees as text: spaced, bracketed and quoted as the reference does, and the same tree when parsed again."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.filter import parse
from pysysdig.filter.ast import And, Expr, Identifier, Not
from pysysdig.filter.unparse import to_text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a.b=1", "a.b = 1"),
        ("a.b==1", "a.b == 1"),
        ("a.b exists", "a.b exists"),
        ("  a.b\t=\n1 ", "a.b = 1"),
        ("a.b=1 or c.d=2 and e.f=3", "(a.b = 1 or (c.d = 2 and e.f = 3))"),
        ("(a.b=1 or c.d=2)and(e.f=3)", "((a.b = 1 or c.d = 2) and e.f = 3)"),
        ("not a.b=1", "not a.b = 1"),
        ("not not a.b=1", "a.b = 1"),
        ("not(not(a.b=1))", "not not a.b = 1"),
        ("not not not(a.b=1 or c.d=1)", "not (a.b = 1 or c.d = 1)"),
        ("a.b in (x, 'y z', \"w\")", 'a.b in (x, "y z", w)'),
        ("a.b in()", "a.b in ()"),
        ("a.b intersects ( x )", "a.b intersects (x)"),
        ("a.b pmatch(/etc,/usr)", "a.b pmatch (/etc, /usr)"),
        ("a.b in names", "a.b in names"),
        ("macro and not other", "(macro and not other)"),
        ("a.b[2]=1", "a.b[2] = 1"),
        ("a.b[/x/y*]=1", "a.b[/x/y*] = 1"),
        ('a.b["c d"]=1', 'a.b["c d"] = 1'),
        ('a.b[""]=1', 'a.b[""] = 1'),
        ("a.b>=-1.5e+3", "a.b >= -1.5e+3"),
        ("a.b<0x1F", "a.b < 0x1F"),
        ("a.b = val(c.d)", "a.b = val(c.d)"),
        ("a.b < len(c.d)", "a.b < len(c.d)"),
        ("tolower( basename(a.b) )=x", "tolower(basename(a.b)) = x"),
        ('join(",", (a.b, "c", 3, len(d.e)))=x', 'join(",",(a.b,c,3,len(d.e))) = x'.replace('","', ",")),
        ("concat(a.b, 'x y')=z", 'concat(a.b,"x y") = z'),
        ("getopt((a.b),'t:')[t]=z", "getopt((a.b),t:)[t] = z"),
        ("a.b = oneof (x, y)", "a.b = oneof (x, y)"),
        ("a.b startswith anyof names", "a.b startswith anyof names"),
        ("a.b = oneof and c.d=1", "(a.b = oneof and c.d = 1)"),
        ("a.b = allof", "a.b = allof"),
        ("a.b contains in", "a.b contains in"),
        ("a.b=in", "a.b = in"),
        ("a.b='='", 'a.b = "="'),
        ("a.b=x\\y", 'a.b = "x\\\\y"'),
        ("a.b = é", "a.b = Ã©"),
    ],
)
def test_prints_as_the_reference_does(text: str, printed: str) -> None:
    assert to_text(parse(text)) == printed


def test_what_is_printed_parses_to_the_same() -> None:
    text = 'a.b = "x y" and (c.d in (1, "=") or not e.f contains "\\"q\\"") and tolower(g.h[2]) regex "^a.*$"'
    printed = to_text(parse(text))
    assert to_text(parse(printed)) == printed


def test_trees_that_are_too_deep() -> None:
    tree: Expr = Identifier("m")
    for _ in range(5000):
        tree = Not(tree)
    with pytest.raises(FilterError):
        to_text(And((tree, tree)))
