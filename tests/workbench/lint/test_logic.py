"""What can be told of conditions without events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysysdig.events.arrays import Sel
from pysysdig.events.table import CURRENT
from pysysdig.filter import compile_filter
from pysysdig.filter.ast import And, Check, Expr, Not, Or
from pysysdig.filter.parser import parse
from pysysdig.replay import replay
from pysysdig.rules.engine_types import unseen
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import FD
from pysysdig.state.view import EventView
from pysysdig.workbench.lint.logic import conjuncts, implied, possible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evt.type=open and evt.type=openat", False),
        ("evt.type=open and not evt.type in (open, openat)", False),
        ("fd.name=/etc/x and fd.name startswith /usr", False),
        ("fd.name=/etc/x and fd.name startswith /etc", True),
        ("fd.name=/etc/x and not fd.name pmatch (/etc)", False),
        ("proc.name=a and not proc.name exists", False),
        ("proc.pname!=a and not proc.pname exists", False),
        ("not proc.pname=a and not proc.pname exists", True),
        ("proc.aname=a and proc.aname=b", True),  # several ancestors
        ("evt.num=0 and evt.type=open", False),
        ("evt.dir=> and evt.dir=<", False),
        ("(proc.name=a or proc.name=b) and not proc.name in (a, b)", False),
        ("(proc.name=a or proc.name=c) and not proc.name in (a, b)", True),
        ("user.uid=0x10 and user.uid!=16", False),
        ("fd.directory=/usr and fd.name startswith /etc/ld", False),
        ("fd.directory=/etc and fd.name startswith /etc/ld", True),
        ("fd.directory=/etc and fd.name startswith /etc/x/", False),
        ("fd.directory in (/usr, /etc) and fd.name=/etc/x/y", False),
        ("fd.directory in (/usr, /etc/x) and fd.name=/etc/x/y", True),
        ("fd.directory=/ and fd.name=/x", True),
        ("(proc.name=a or proc.pname=b) and proc.name=c and not proc.pname=b", False),
    ],
)
def test_contradictions(text: str, expected: bool) -> None:
    assert possible([parse(text)]) == expected


@pytest.mark.parametrize(
    ("term", "by", "expected"),
    [
        ("fd.name startswith /etc", "fd.name=/etc/shadow", True),
        ("evt.type in (open, openat)", "evt.type=open", True),
        ("evt.type=open", "evt.type in (open, openat)", False),
        ("proc.name=a or proc.name=b", "proc.name=b", True),
        ("not proc.name=cat", "proc.name in (a, b)", True),
        ("not proc.name=cat", "proc.pname=a", False),
        ("proc.name exists", "proc.name startswith a", True),
    ],
)
def test_what_follows_from_what(term: str, by: str, expected: bool) -> None:
    assert implied(parse(term), conjuncts(parse(by)), frozenset()) == expected


_LEAVES = st.sampled_from(
    [
        parse(f"{field}{op}")
        for field in ("proc.name", "proc.pname")
        for op in ("=a", "!=a", " in (a, b)", " startswith b", " exists")
    ]
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda a, b: And((a, b)), inner, inner)
        | st.builds(lambda a, b: Or((a, b)), inner, inner)
    ),
    max_leaves=8,
)
_VALUES = (None, "a", "b", "bb", "c")


def truth(expr: Expr, world: dict[str, str | None]) -> bool:
    """The plain meaning: a comparison of a missing value is false."""
    if isinstance(expr, Not):
        return not truth(expr.term, world)
    if isinstance(expr, And):
        return all(truth(t, world) for t in expr.terms)
    if isinstance(expr, Or):
        return any(truth(t, world) for t in expr.terms)
    assert isinstance(expr, Check)
    value = world[expr.left.name]  # type: ignore[attr-defined]
    if value is None:
        return False
    return {"=": value == "a", "!=": value != "a", "in": value in ("a", "b"), "startswith": value[0] == "b", "exists": True}[
        expr.op
    ]


@given(_TREES, _TREES)
def test_what_is_said_to_be_impossible_is(first: Expr, second: Expr) -> None:
    worlds = [{"proc.name": a, "proc.pname": b} for a in _VALUES for b in _VALUES]
    if any(truth(first, w) and truth(second, w) for w in worlds):
        assert possible([first, second])
    if implied(first, conjuncts(second), frozenset()):
        assert all(truth(first, w) for w in worlds if truth(second, w))


_REAL = (
    "evt.type=openat", "evt.type in (openat, close)", "evt.type != close", "fd.name startswith /etc",
    "fd.name = /etc/ld.so.cache", "fd.name in (/etc/ld.so.cache, /dev/null)", "not fd.name exists",
    "fd.name pmatch (/etc, /usr)", "fd.name contains ld",
    "proc.name = cat", "proc.name in (cat, sort)", "proc.name != cat", "proc.pname = a1_pipelines.sh", "proc.pname exists",
    "proc.aname = python3", "proc.aname != python3", "fd.num >= 0", "fd.num = 3", "fd.num in (3, 4)", "evt.dir = <",
    "evt.num > 0", "user.name = root", "evt.failed = true", "fd.type = file", "fd.directory = /etc", "fd.directory in (/usr, /)",
)  # fmt: skip


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both, either = st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner)
    return inner.map(lambda a: f"not ({a})") | both | either


_CONDITIONS = st.recursive(st.sampled_from(_REAL), _joined, max_leaves=5)


@pytest.fixture(scope="module")
def seen(root: Path) -> Iterator[tuple[EventView, Sel]]:
    """The events of a capture as rules see them."""
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, sel in replay(converted(capture.sections()), level=FD):
            yield view, sel[~unseen()[view.batch.type_of(sel)]]
            return


@given(first=_CONDITIONS, second=_CONDITIONS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_said_is_so_of_real_events(seen: tuple[EventView, Sel], first: str, second: str) -> None:
    view, every = seen
    some, others = (set(compile_filter(text, CURRENT).select(view, every).tolist()) for text in (first, second))
    if not possible([parse(first), parse(second)]):
        assert not some & others
    if implied(parse(first), conjuncts(parse(second)), frozenset()):
        assert others <= some
