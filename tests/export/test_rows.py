"""Which events are rows."""

from __future__ import annotations

from pathlib import Path

from pysysdig.events.table import CURRENT, OLD, TYPES
from pysysdig.export.rows import Rows
from pysysdig.replay import replay
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import EVENT, FD, THREAD


def test_threads_have_to_be_known_where_they_are_looked_at() -> None:
    assert Rows(calls=False, all_threads=False).needs(EVENT, CURRENT) == THREAD
    assert Rows(calls=False, all_threads=False).needs(EVENT, OLD) == EVENT
    assert Rows(calls=False, all_threads=False).needs(FD, CURRENT) == FD
    assert Rows(calls=True, all_threads=False).needs(EVENT, CURRENT) == EVENT
    assert Rows(calls=False, all_threads=True).needs(EVENT, CURRENT) == EVENT


def test_calls_are_those_that_rules_see(root: Path) -> None:
    rows, opens = Rows(calls=True, all_threads=False), TYPES["SYSCALL_OPENAT_2_E"]
    given = taken = hidden = 0
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, sel in replay(converted(capture.sections()), level=EVENT):
            types = view.batch.type_of(rows.of(view, sel))
            assert opens not in types
            given, taken = given + len(sel), taken + len(types)
            hidden += len(rows.of(view, sel, hidden=True)) - len(types)
    assert 0 < taken < given and hidden > 0
