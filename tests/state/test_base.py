"""The machine: who belongs together, whose child one becomes when a parent ends, and where paths begin."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import base as module
from pysysdig.state.base import Machine
from pysysdig.state.build import process, snapshot
from pysysdig.state.fds import FdInfo
from pysysdig.state.levels import FD, THREAD
from pysysdig.state.snapshot import FD_FILE
from pysysdig.state.threads import CL_CLONE_FILES, from_entry


def machine(*tids: tuple[int, int, int], generation: str = CURRENT, level: int = FD) -> Machine:
    """With threads (tid, pid, ptid), before the first event."""
    made = Machine(snapshot(), generation, level)
    for tid, pid, ptid in tids:
        t = from_entry(process(tid, f"t{tid}", pid=pid, ptid=ptid))
        t.flags |= CL_CLONE_FILES if tid != pid else 0
        t.cwd = f"/home/{tid}/"
        made.add_thread(t, -1)
    made.slots = np.zeros(0, np.int64)
    made.__dict__["last"] = np.zeros(0, np.int64)
    return made


def test_groups_and_children() -> None:
    m = machine((1, 1, 0), (5, 5, 1), (6, 5, 1), (7, 7, 5), (8, 8, 99))
    assert list(m.groups[5].members) == [5, 6] and m.groups[5].alive == 2
    assert m.groups[1].reaper and not m.groups[5].reaper
    assert set(m.children[1]) == {5, 6} and set(m.children[5]) == {7}
    assert m.threads.current[8].ptid == 0  # nobody knows its parent


def test_the_leader_is_the_first_however_late_it_comes() -> None:
    m = machine((6, 5, 1), (5, 5, 1))
    assert list(m.groups[5].members) == [5, 6]
    assert m.main_of(m.threads.current[6]) is m.threads.current[5]


def test_a_leader_stays_until_the_last_of_its_threads_is_gone() -> None:
    m = machine((1, 1, 0), (5, 5, 1), (6, 5, 1))
    m.remove_thread(5, 10)
    assert 5 in m.threads.current and not m.threads.current[5].alive and m.groups[5].alive == 1
    m.remove_thread(6, 11)
    assert not {5, 6} & set(m.threads.current) and 5 not in m.groups and 1 not in m.children


def test_orphans_go_to_a_live_thread_of_the_group() -> None:
    m = machine((1, 1, 0), (5, 5, 1), (6, 5, 1), (9, 9, 6))
    m.remove_thread(6, 10)
    assert m.threads.current[9].ptid == 5 and 9 in m.children[5]


def test_orphans_go_to_the_nearest_ancestor_that_adopts() -> None:
    m = machine((1, 1, 0), (4, 4, 1), (5, 5, 4), (9, 9, 5))
    m.remove_thread(5, 10)
    assert m.threads.current[9].ptid == 1
    m = machine((1, 1, 0), (4, 4, 1), (5, 5, 4), (9, 9, 5))
    m.groups[4].reaper = True
    m.remove_thread(5, 10)
    assert m.threads.current[9].ptid == 4


def test_an_exit_may_say_who_adopts() -> None:
    """Whoever is named adopts from then on."""
    m = machine((1, 1, 0), (4, 4, 1), (5, 5, 1), (9, 9, 5))
    m.threads.current[5].reaper = 4
    m.remove_thread(5, 10)
    assert m.threads.current[9].ptid == 4 and m.groups[4].reaper


def test_unknown_threads_are_placeholders() -> None:
    m = machine()
    t = m.thread(77, 3)
    assert t.invalid and m.thread(77, 4) is t and t.files >= 0
    assert Machine(snapshot(), OLD, THREAD).thread(77, 3).files == -1
    m.remove_thread(77, 5)
    m.remove_thread(77, 6)
    assert 77 not in m.threads.current


def test_no_more_threads_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_THREADS", 2)
    assert len(machine((1, 1, 0), (5, 5, 1), (6, 6, 1)).threads.current) == 2


def test_threads_share_the_descriptors_of_their_leader() -> None:
    m = machine((1, 1, 0), (5, 5, 1), (6, 5, 1))
    five, six = m.threads.current[5], m.threads.current[6]
    assert m.files_of(six) == m.files_of(five) == five.files
    m.groups[5].members.pop(6)
    assert m.files_of(six) == -1


@pytest.mark.parametrize(
    ("generation", "name", "dirfd", "base"),
    [
        (CURRENT, "/abs", -100, "."),
        (CURRENT, "rel", -100, "/home/5/"),
        (CURRENT, "rel", 9, "<UNKNOWN>"),
        (OLD, "rel", 3, "/var/"),
        (OLD, "rel", 4, "/slash//"),
        (CURRENT, "rel", 3, "/var/"),
        (CURRENT, "rel", 4, "/slash/"),
        (CURRENT, "rel", 6, ""),
    ],
)
def test_where_paths_begin(generation: str, name: str, dirfd: int, base: str) -> None:
    m = machine((5, 5, 1), generation=generation)
    t = m.threads.current[5]
    for fd, directory in ((3, "/var"), (4, "/slash/"), (6, "")):
        m.fds.put(t.files, fd, FdInfo(FD_FILE, directory), -1)
    assert m.dirfd_base(t, name, dirfd) == base
