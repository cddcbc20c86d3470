"""From trees to filters: what they need, which events they can match, what is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT, GENERIC_X, OLD, TYPES, load
from pysysdig.filter import compile_ast, compile_filter, parse
from pysysdig.filter.ast import Identifier
from pysysdig.filter.compiler import hosts_given
from pysysdig.filter.nodes import AllOf, Comparison
from pysysdig.state.levels import EVENT, FD, THREAD
from tests.filter.filter_fakes import FakeView, matches

pytestmark = pytest.mark.usefixtures("fakes")

OPENAT, CLOSE = TYPES["SYSCALL_OPENAT_2_X"], TYPES["SYSCALL_CLOSE_X"]


def test_event_types() -> None:
    def names(text: str, generation: str = OLD) -> set[str] | None:
        types = compile_filter(text, generation).event_types()
        return (
            None
            if types is None
            else {load(generation)[t].name for t in types} - {"syscall", "asyncevent", load(OLD)[GENERIC_X].name}
        )

    assert names("proc.name=a") is None
    assert names("evt.type=openat") == {"openat"}
    assert names("evt.type in (openat, close) and proc.name=a") == {"openat", "close"}
    assert names("evt.type=openat or evt.type=close") == {"openat", "close"}
    assert names("evt.type=openat or proc.name=a") is None
    assert names("evt.type=openat and evt.type=close") == set()
    left = names("not evt.type=openat", CURRENT)
    assert left is not None
    assert "openat" not in left
    assert "close" in left
    both = names("not (evt.type=openat and proc.name=a)")
    assert both is None
    exits = compile_filter("evt.dir=<").event_types()
    assert exits is not None
    assert all(t & 1 for t in exits)


def test_needs_and_fields() -> None:
    assert compile_filter("evt.num>1").needs == EVENT
    assert compile_filter("proc.name=a and evt.num>1").needs == THREAD
    flt = compile_filter("fd.name=a and evt.type=open and proc.name=val(proc.pname)")
    assert flt.needs == FD
    assert {r.text for r in flt.fields} == {"fd.name", "evt.type", "proc.name", "proc.pname"}


def test_trees_can_be_compiled() -> None:
    flt = compile_ast(parse("proc.name in (a, b)"))
    view: Any = FakeView([{"proc.name": "b"}, {"proc.name": "c"}])
    assert flt.select(view, np.arange(2)).tolist() == [0]
    assert isinstance(parse("spawned"), Identifier)


def test_domain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def answer(name: str, port: None) -> list[Any]:
        if name != "known":
            raise OSError("no such host")
        return [(socket.AF_INET, 0, 0, "", ("10.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    rows: list[dict[str, Any]] = [{"fd.cip": bytes([10, 0, 0, 1])}, {"fd.cip": bytes([10, 0, 0, 2])}, {}]
    assert matches("fd.cip.name = known", rows) == [0]
    assert matches("fd.cip.name != known", rows) == [1]
    assert matches("fd.cip.name in (unknown, known)", rows) == [0]
    assert matches("fd.cip.name = unknown", rows) == []
    assert matches("fd.cip.name exists", rows) == [0, 1]


@pytest.mark.parametrize(
    ("text", "calls", "others"),
    [
        ("evt.type=getppid", {"getppid"}, {"getpgrp", "openat"}),
        ("evt.type=openat", {"openat"}, {"getppid"}),
        ("evt.type in (getppid, getpgrp) and proc.name=cat", {"getppid", "getpgrp"}, {"getpid"}),
        ("evt.type=openat or evt.type=getppid and evt.dir=>", {"getppid"}, {"getpgrp"}),
        ("not evt.type in (openat, getppid)", {"getpgrp"}, {"getppid"}),
        ("not (evt.type=getppid and proc.name=cat)", {"getppid", "getpgrp"}, set()),
        ("proc.name=cat", {"getppid"}, set()),
    ],
)
def test_calls_without_a_type_of_their_own(text: str, calls: set[str], others: set[str]) -> None:
    chosen = compile_filter(text)
    assert {name for name in calls | others if chosen.may_match_call(name)} == calls


def test_long_chains() -> None:
    rows: list[dict[str, Any]] = [{"evt.num": 7777, "proc.name": "p9"}, {"evt.num": 1, "proc.name": "x"}]
    assert matches(" or ".join(f"evt.num={i}" for i in range(5000, 15_000)), rows) == [0]
    assert matches(" or ".join(f"proc.name contains 'p{i}'" for i in range(10_000)), rows) == [0]
    assert matches(" and ".join(f"not proc.name = 'p{i}'" for i in range(2000)), rows) == [1]


def test_comparisons_of_one_field_become_one() -> None:
    root = compile_filter("proc.name=a or proc.name=b or proc.name startswith c").root
    assert isinstance(root, Comparison) and [root.accepts(v) for v in ("a", "b", "cat", "d")] == [True, True, True, False]
    assert isinstance(compile_filter("proc.name=a and evt.num=1").root, AllOf)


@pytest.mark.parametrize("text", ["evt.around[1] exists", "proc.name regex '('", "macro"])
def test_what_is_wrong_has_its_place(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    assert caught.value.text == text and caught.value.index is not None


def test_domain_names_that_are_given() -> None:
    """The network is not asked."""
    rows: list[dict[str, Any]] = [{"fd.cip": bytes([10, 0, 0, 1])}, {"fd.cip": bytes([10, 0, 0, 2])}]
    with hosts_given({"a.example": [bytes([10, 0, 0, 2])]}):
        assert matches("fd.cip.name = a.example", rows) == [1]
        assert matches("fd.cip.name = b.example", rows) == []
