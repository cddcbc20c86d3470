"""Trees of conditions: parsed once, judged once, measured once; rebuilt nodes are the same for the same terms."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.filter.ast import And, Check
from pysysdig.rules.model import SYSCALL
from pysysdig.rules.trees import Trees, checks, owners


def test_a_text_is_parsed_once() -> None:
    trees = Trees()
    one = trees.source("evt.type=open and proc.name=cat")
    assert trees.source("evt.type=open and proc.name=cat") is one
    for _ in range(2):
        with pytest.raises(FilterError):
            trees.source("evt.type=")


def test_comparisons_in_order_and_whose_they_are() -> None:
    source = Trees().source("evt.type=open and (proc.name=cat or not fd.num=1)")
    found = checks(source.expr)
    assert [c.pos for c in found] == sorted(c.pos for c in found) and len(found) == 3
    assert all(owners([source])[id(c)] is source for c in found)


@pytest.mark.parametrize(
    ("text", "error", "dubious"),
    [("proc.name=cat", False, 0), ("no.such=1", True, 0), ("fd.num=abc", True, 0), ("evt.dir=<", False, 1)],
)
def test_verdicts(text: str, error: bool, dubious: int) -> None:
    trees = Trees()
    check = trees.source(text).expr
    assert isinstance(check, Check)
    verdict = trees.verdict(check, SYSCALL)
    assert (verdict.error is not None, len(verdict.dubious)) == (error, dubious)
    assert trees.verdict(check, SYSCALL) is verdict


@pytest.mark.parametrize(
    ("output", "wrong"),
    [
        ("%proc.name at %evt.time", False),
        ("%proc.naem", True),
        ("100%", True),
        ("%20proc.name %evt.arg[0]", False),
        ("%ka.verb", True),
    ],
)
def test_outputs(output: str, wrong: bool) -> None:
    trees = Trees()
    assert (trees.output_problem(output, SYSCALL) is not None) is wrong
    assert (trees.output_problem("%ka.verb", "k8s_audit") is None) is True


def test_sizes_and_rebuilt_nodes() -> None:
    trees = Trees()
    expr = trees.source("evt.type=open and (proc.name=cat or not fd.num=1)").expr
    assert trees.size(expr) == (3, 4) and isinstance(expr, And)
    other = trees.source("proc.name=dog").expr
    again = trees.rebuilt(expr, (expr.terms[0], other))
    assert trees.rebuilt(expr, (expr.terms[0], other)) is again and trees.size(again) == (2, 2)
    assert trees.rebuilt(expr, (other, expr.terms[0])) is not again
