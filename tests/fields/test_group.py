"""The group that a thread runs under."""

from __future__ import annotations

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import process
from pysysdig.state.snapshot import GroupEntry
from tests.fields.asked import START, getuid, process_view, values

WHO = [process(50, gid=7), process(51, gid=8), process(52, gid=0)]
GROUPS = [GroupEntry(7, "staff")]


def test_names() -> None:
    """Those that are known; root is known without being told."""
    view = process_view(WHO, [getuid(50), getuid(51), getuid(52), getuid(99)], accounts=GROUPS)
    assert values(view, "group.gid") == [7, 8, 0, 0xFFFFFFFF]
    assert values(view, "group.name") == ["staff", "<NA>", "root", ""]


def test_the_current_libraries_have_no_empty_names() -> None:
    view = process_view(WHO, [event("SYSCALL_GETUID_X", START, tid, [0]) for tid in (50, 99)], CURRENT, GROUPS)
    assert values(view, "group.name") == ["staff", "<NA>"]


def test_a_group_that_becomes_known() -> None:
    events = [getuid(51), event("GROUP_ADDED_E", START, -1, [8, "wheel", ""]), getuid(51)]
    assert values(process_view(WHO, events, accounts=GROUPS), "group.name")[2] == "wheel"
