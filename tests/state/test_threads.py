"""Threads: what is true of a version by itself, and the same asked of many at once."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.state import threads as th
from pysysdig.state.build import process
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import IS_MAIN, LEADS, OWN_FILES, ThreadInfo, from_entry, of_container, placeholder


def made(tid: int, pid: int, flags: int = 0, files: int = 7) -> ThreadInfo:
    t = ThreadInfo(tid)
    t.pid, t.flags, t.files, t.ptid, t.vtid = pid, flags, files, 1, tid
    return t


SOME = [
    made(5, 5),
    made(6, 5),
    made(6, 5, th.CL_IS_MAIN_THREAD),
    made(6, -1),
    made(6, 5, th.CL_CLONE_FILES),
    placeholder(9),
    of_container("abc", "root"),
]


@pytest.mark.parametrize("attribute", [IS_MAIN, LEADS, OWN_FILES])
def test_one_by_one_and_at_once(attribute: RowAttribute[ThreadInfo]) -> None:
    columns = [np.array([getattr(t, name) for t in SOME]) for name in attribute.reads]
    assert attribute.vector is not None
    assert attribute.vector(*columns).tolist() == [attribute.fn(t) for t in SOME]


def test_who_leads() -> None:
    assert [t.is_main for t in SOME[:4]] == [True, False, True, False] and LEADS.fn(SOME[3])
    assert [t.own_files for t in SOME[:5]] == [7, 7, 7, 7, th.SHARED]


def test_threads_of_which_only_the_id_is_known() -> None:
    t = placeholder(9)
    assert t.invalid and (t.comm, t.cwd, t.tid) == ("<NA>", "./", 9) and not made(5, 5).invalid


def test_what_stands_for_a_container() -> None:
    t = of_container("abc", "root")
    assert t.of_container and (t.comm, t.account, t.container_id, t.uid) == ("container:abc", "root", "abc", 0)
    assert not placeholder(-1).of_container


def test_namespaces() -> None:
    inside = made(5, 5)
    inside.vtid = 1
    assert inside.in_pid_namespace and made(5, 5, th.CL_CHILD_IN_PIDNS).in_pid_namespace and not made(5, 5).in_pid_namespace


def test_threads_of_the_process_list() -> None:
    t = from_entry(process(42, "cat", ptid=7, args=["-n"], env=["A=1"], cgroups=["cpu=/"], vmsize_kb=9, exe_ino=3, uid=1000))
    assert (t.tid, t.pid, t.ptid, t.comm, t.args, t.env, t.cgroups) == (42, 42, 7, "cat", ("-n",), ("A=1",), ("cpu=/",))
    assert (t.vmsize, t.exe_ino, t.uid, t.files, t.alive) == (9, 3, 1000, -1, True)
