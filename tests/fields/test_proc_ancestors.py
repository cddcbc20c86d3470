"""Ancestors: one of them, all of them, or the first that has something."""

from __future__ import annotations

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import process
from tests.fields.asked import START, TREE, getuid, process_view, values


def test_without_index_filters_see_all_ancestors() -> None:
    view = process_view(TREE, [getuid(30), getuid(1)])
    assert values(view, "proc.aname", shown=False) == [("bash", "sshd", "init"), ()]
    assert values(view, "proc.apid", shown=False) == [(20, 10, 1), ()]
    assert values(view, "proc.aenv[2]", shown=False)[0] == ("A= x  B=", "", "")


def test_current_shows_all_ancestors() -> None:
    view = process_view(TREE, [event("SYSCALL_GETUID_X", START, 30, [0]), event("SYSCALL_GETUID_X", START, 1, [0])], CURRENT)
    assert values(view, "proc.aname") == ["bash sshd init", None]
    assert values(view, "proc.aargs") == ["-D", None] or values(view, "proc.aargs")[0].strip() == "-D"
    assert values(view, "proc.apid") == [30, 1]
    assert values(view, "proc.args[1]") == ["f", ""]
    assert values(view, "proc.ppid") == [20, None]
    assert values(view, "proc.pgid.name") == ["cat", "init"]


def test_loops_end() -> None:
    loop = [process(5, "a", ptid=6), process(6, "b", ptid=5), process(7, "self", ptid=7), process(8, "c", ptid=7)]
    view = process_view(loop, [getuid(5), getuid(7), getuid(8)])
    chains = values(view, "proc.aname", shown=False)
    assert all(len(chain) <= 3 for chain in chains)
    assert chains[2][0] == "self"
    assert values(view, "proc.aname[2000000]") == [None, None, None]


def test_the_first_ancestor_that_has_a_variable() -> None:
    view = process_view(TREE, [getuid(30)])
    assert values(view, "proc.aenv[A]") == ["x"] and values(view, "proc.aenv[NOTHING]") == [""]
