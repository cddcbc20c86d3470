"""Compiling a collection while it grows."""

from __future__ import annotations

from tests.rules.texts import OPEN, compiled, load, rule, warnings


def test_later_files_compile_what_they_change() -> None:
    """Results of earlier files are kept where nothing they depend on changes, and only there."""
    base = "- macro: m\n  condition: proc.name=a\n- list: l\n  items: [x]\n" + rule("evt.type=open and m and fd.name in (l)")
    fresh = rule("evt.type=close", "other")
    assert compiled(base, fresh) == f"({OPEN} and proc.name = a and fd.name in (x))"
    assert compiled(base, "- macro: m\n  condition: proc.name=b\n") == f"({OPEN} and proc.name = b and fd.name in (x))"
    assert compiled(base, "- list: l\n  items: [y]\n") == f"({OPEN} and proc.name = a and fd.name in (y))"
    assert compiled(base, "- list: x\n  items: [z]\n") == f"({OPEN} and proc.name = a and fd.name in (z))"
    assert compiled(base, "- list: a\n  items: [z]\n") == f"({OPEN} and proc.name = z and fd.name in (x))"
    assert warnings(base + rule("proc.name=x", "wide"), fresh) == ["LOAD_NO_EVTTYPE"]


def test_loading_stops_at_the_first_bad_file() -> None:
    loaded = load(rule("evt.type=open", "a"), rule("no.such=1", "b"), rule("evt.type=open", "c"))
    assert [r.successful for r in loaded.results] == [True, False]
    assert loaded.rules == []
    every = load(rule("no.such=1", "b"), rule("evt.type=open", "c"), keep_going=True)
    assert [r.successful for r in every.results] == [False, False]  # the bad rule is still there
