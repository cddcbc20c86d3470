"""The live tables: what is current while a batch is handled, and what each event of it finds afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.state.fds import FdInfo
from pysysdig.state.snapshot import FD_FILE
from pysysdig.state.tables import MAX_FDS, Fds, Threads
from pysysdig.state.threads import ThreadInfo


def named(tid: int, comm: str) -> ThreadInfo:
    t = ThreadInfo(tid)
    t.comm = comm
    return t


def comm_at(threads: Threads, tid: int, *seqs: int) -> list[str | None]:
    """Who the thread id stands for at some sequence numbers."""
    slots = threads.slots.find(np.full(len(seqs), tid))
    threads.timeline.reserve(int(slots.max(initial=0)) + 1)
    return [threads.rows[row].comm if row >= 0 else None for row in threads.timeline.at(slots, np.array(seqs)).tolist()]


def test_versions_of_threads() -> None:
    """Seen by the event that made them and from then on; what comes after an event is seen by the next one."""
    threads = Threads()
    threads.put(named(5, "sh"), -1)
    threads.commit()
    threads.begin()
    sh = threads.current[5]
    cat = threads.modify(sh, 3)
    cat.comm = "cat"
    assert threads.modify(cat, 3) is cat and threads.current[5] is cat and sh.comm == "sh"
    after = cat.copy()
    after.comm = "dog"
    threads.put_after(after, 5)
    threads.remove(5, 8)
    assert 5 not in threads.current
    threads.commit()
    assert comm_at(threads, 5, 0, 5, 6, 10, 11, 16, 17) == ["sh", "sh", "cat", "cat", "dog", "dog", None]
    assert [t.comm for t in threads.changed()] == ["cat", "dog"]


def test_a_thread_for_one_event() -> None:
    threads = Threads()
    threads.put_once(named(-1, "container:x"), 4)
    threads.commit()
    slot = np.full(3, threads.slots.nameless)
    rows = threads.timeline.at(slot, np.array([6, 8, 10])).tolist()
    assert [threads.rows[r].comm if r >= 0 else None for r in rows] == [None, "container:x", None]
    assert -1 not in threads.current


def test_who_listens_is_shown_the_changes() -> None:
    threads, shown = Threads(), []
    threads.recorder = lambda log: shown.append([column.tolist() for column in log])
    threads.put(named(5, "sh"), 2)
    threads.remove(5, 3)
    threads.commit()
    ((_, seqs, rows, befores),) = shown
    assert (seqs, rows, befores) == ([4, 7], [0, -1], [-1, 0])


def test_versions_that_nobody_needs_are_given_up() -> None:
    """Those in force stay, under other numbers."""
    threads = Threads()
    threads.put(named(5, "first"), -1)
    threads.put(named(6, "other"), -1)
    for i in range(threads.COMPACT + 10):
        new = threads.current[5].copy()
        new.comm = f"c{i}"
        threads.put(new, 0)
    threads.commit()
    threads.begin()
    assert (
        len(threads.rows) == 2 and comm_at(threads, 5, 0) == [f"c{threads.COMPACT + 9}"] and comm_at(threads, 6, 0) == ["other"]
    )


def file(name: str) -> FdInfo:
    return FdInfo(FD_FILE, name)


def name_at(fds: Fds, files: int, fd: int, *seqs: int) -> list[str | None]:
    n = len(seqs)
    rows = fds.timeline.at(fds.slots(np.full(n, files), np.full(n, fd)), np.array(seqs)).tolist()
    return [fds.rows[row].name if row >= 0 else None for row in rows]


def test_descriptor_tables() -> None:
    """A copy has what the other had when it was made."""
    fds = Fds()
    one = fds.new_table()
    fds.put(one, 3, file("/a"), 0)
    two = fds.new_table(copy_of=one, pos=2)
    fds.modify(one, 3, fds.tables[one][3], 4).name = "/b"  # type: ignore[index]
    fds.remove(two, 3, 13)
    assert (fds.count(one), fds.count(two), fds.count(-1)) == (1, 0, 0)
    assert [(fd, info.name) for fd, info in fds.items(one)] == [(3, "/b")] and list(fds.items(-1)) == []
    assert fds.get(two, 3) is None and fds.get(-1, 3) is None
    fds.commit()
    assert name_at(fds, one, 3, 0, 7, 8) == ["/a", "/a", "/b"]
    assert name_at(fds, two, 3, 3, 4, 12, 13) == [None, "/a", "/a", None]


def test_descriptors_that_cannot_be_kept() -> None:
    fds = Fds()
    files = fds.new_table()
    for where, fd in ((-1, 3), (files, -1), (files, MAX_FDS)):
        assert fds.put(where, fd, file("/a"), 0) is None


def test_how_many_are_open() -> None:
    """A descriptor that replaces another changes nothing."""
    fds = Fds()
    files = fds.new_table()
    fds.put(files, 3, file("/a"), 1)
    fds.put(files, 3, file("/b"), 2)
    fds.remove(files, 3, 7)
    assert [column.tolist() for column in fds.count_changes()] == [[files, files], [2, 7], [1, -1]]


def test_tables_that_are_gone_give_their_numbers() -> None:
    fds = Fds()
    given: list[Any] = []
    fds.recorder = lambda log, gone: given.append(list(gone))
    one = fds.new_table()
    fds.put(one, 3, file("/a"), 0)
    fds.drop_table(one)
    fds.commit()
    assert given == [[one]] and name_at(fds, one, 3, 0) == ["/a"]
    fds.begin()
    assert fds.new_table() == one and fds.count(one) == 0


def test_versions_of_descriptors_that_no_table_has_are_given_up() -> None:
    """Those in tables stay, under other numbers, also where two tables have them."""
    fds = Fds()
    files = fds.new_table()
    fds.put(files, 3, file("/a"), 0)
    copied = fds.new_table(files, 0)
    for i in range(fds.COMPACT + 10):
        fds.put(files, 4, file(f"/{i}"), 1)
    fds.commit()
    fds.begin()
    assert len(fds.rows) == 2 and [row.row for row in fds.rows] == [0, 1]
    assert name_at(fds, files, 3, 0) == name_at(fds, copied, 3, 0) == ["/a"]
    assert name_at(fds, files, 4, 0) == [f"/{fds.COMPACT + 9}"] and fds.get(files, 3) is fds.get(copied, 3)
