"""What goes through the pipe between the screen and the engine."""

from __future__ import annotations

from multiprocessing.connection import Pipe

from pysysdig.ui.messages import Facts, Failed, Note, Show, Shown
from tests.ui.tables import processes


def test_they_come_through_a_pipe() -> None:
    here, there = Pipe()
    said = [Show(1, "procs", "proc.pid=\xff"), Facts(1, 2, 3, 4), Failed(1, "no"), Note("well")]
    for message in said:
        here.send(message)
    assert [there.recv() for _ in said] == said
    table = processes()
    here.send(Shown(1, table, None, True))
    got = there.recv().table
    assert got.keys == table.keys and got.text(1, 0) == table.text(1, 0)
