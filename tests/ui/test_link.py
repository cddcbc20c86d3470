"""The screen's end of the pipe."""

from __future__ import annotations

import threading
from multiprocessing.connection import Pipe

from pysysdig.ui.link import Link
from pysysdig.ui.messages import Answer, Failed, Note, Shown
from tests.ui.tables import processes


def test_of_tables_that_nobody_saw_the_latest_is_kept() -> None:
    mine, theirs = Pipe()
    link = Link(mine, lambda: "")
    woken = threading.Semaphore(0)
    link.start(woken.release)
    assert woken.acquire(timeout=0) is False
    theirs.send(Shown(1, processes(), 0.1, False))
    assert woken.acquire(timeout=60)
    theirs.send(Note("a"))
    theirs.send(Shown(1, processes(), 0.2, False))
    theirs.close()  # read by then: all of it is said before the end
    got: list[Answer] = []
    while not got or not isinstance(got[-1], Failed):
        got += link.take()
    assert [type(a).__name__ for a in got if not isinstance(a, Shown)] == ["Note", "Failed"]
    assert [a.progress for a in got if isinstance(a, Shown)][-1] == 0.2


def test_an_engine_that_ends_is_an_answer() -> None:
    mine, theirs = Pipe()
    link = Link(mine, lambda: "out of memory")
    woken = threading.Event()
    link.start(woken.set)
    theirs.close()
    assert woken.wait(60)
    assert link.take() == [Failed(-1, "out of memory")]
    link.ask("nobody is there")


def test_closing_tells_the_engine() -> None:
    mine, theirs = Pipe()
    Link(mine, lambda: "").close()
    assert theirs.recv() is None
