"""The thread of an event: ids, capabilities, cgroups, time on a processor."""

from __future__ import annotations

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import process
from tests.fields.asked import START, TREE, getuid, process_view, values


def test_cgroups_and_capabilities() -> None:
    view = process_view([process(60, cgroups=["cpu_cgroup=/a", "io=/b"], cap_permitted=0b101)], [getuid(60)])
    assert values(view, "thread.cgroups") == ["cpu=/a blkio=/b"]
    assert values(view, "thread.cgroup.blkio") == ["/b"]
    assert values(view, "thread.cgroup.memory") == [None]
    assert values(view, "thread.cap_permitted") == ["CAP_CHOWN CAP_DAC_READ_SEARCH"]
    assert values(view, "thread.cap_effective") == [""]


def test_switch_times_of_current_captures() -> None:
    params = [0, 0, 0, 0, 0, 0]
    switches = ((1, 30, 0), (5, 20, 0), (6, 30, 1), (9, 30, 0))
    events = [event("SCHEDSWITCH_6_E", START + at, tid, params, cpu=cpu) for at, tid, cpu in switches]
    view = process_view(TREE, events, CURRENT)
    assert values(view, "thread.exectime") == [0, 4, 0, 4]
    assert values(view, "thread.totexectime") == [0, 4, 0, 4]


def test_procinfo() -> None:
    events = [event("PROCINFO_E", START, 30, [u, s]) for u, s in ((10, 5), (30, 6), (1000, 6))]
    view = process_view(TREE, [*events, getuid(30)])
    assert values(view, "thread.cpu") == [0.0, 21.0, 100.0, None]
    assert values(view, "thread.cpu.user") == [0.0, 20.0, 100.0, None]


def test_memory_is_that_of_the_leader() -> None:
    """In kilobytes and in bytes; 0 on other threads."""
    view = process_view([process(60, vmsize_kb=7), process(61, pid=60, vmsize_kb=7)], [getuid(60), getuid(61), getuid(99)])
    assert values(view, "thread.vmsize") == [7, 0, 0] and values(view, "thread.vmsize.b") == [7 << 10, 0, 0]
    assert values(view, "thread.ismain") == [True, False, False]


def test_ids() -> None:
    view = process_view([process(60, "cat", vtid=5)], [getuid(60), getuid(99)])
    assert values(view, "thread.tid") == [60, 99] and values(view, "thread.vtid") == [5, None]
    assert values(view, "thread.nametid") == ["cat60", "<NA>99"]
