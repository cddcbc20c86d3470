"""Kinds of calls."""

from __future__ import annotations

from itertools import combinations

from pysysdig.events.table import event_names
from pysysdig.sql.kinds import KINDS


def test_no_event_is_of_two_kinds() -> None:
    for (one, (names, more)), (other, (others, different)) in combinations(KINDS.items(), 2):
        shared = set(names.split()) & set(others.split())
        assert not shared or (more and different and more != different), (one, other, shared)


def test_names_of_calls() -> None:
    named = {name for names, _ in KINDS.values() for name in names.split()}
    assert named <= event_names(), sorted(named - event_names())
