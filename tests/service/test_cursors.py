"""What waits for outputs and outlives the process."""

from __future__ import annotations

from pathlib import Path

from pysysdig.service.cursors import Marked
from pysysdig.service.lane import Memory
from pysysdig.service.spool import Spool
from tests.service.test_spool import item, rest, spool


def sent(box: Spool, store: Marked, *numbers: int) -> int:
    items = [item(n) for n in numbers]
    return store.put(items, box.append(items))


def names(store: Marked, count: int = 100) -> list[str]:
    return [alert.rule for alert, _ in store.peek(count)]


def test_what_is_not_delivered_is_there_at_the_next_start(tmp_path: Path) -> None:
    """Each next start is that of a process after one that was killed in the middle."""
    box = spool(tmp_path / "s")
    store, other = Marked(box.cursor("file"), 100), box.cursor("http")
    assert sent(box, store, 1, 2, 3) == sent(box, store, 4) == 0 and names(store) == ["R1", "R2", "R3", "R4"]
    store.done(2)
    assert names(store) == ["R3", "R4"] == names(store, 2) and len(store) == 2 and store.fill == 0.02
    box.close()
    box = spool(tmp_path / "s")
    store, other = Marked(box.cursor("file"), 100), box.cursor("http")
    sent(box, store, 5)
    assert names(store) == ["R3", "R4", "R5"] and store.peek(1) == [item(3)] and len(other) == 5
    store.done(3)
    store.done(0)
    assert rest(other) == ["R1", "R2", "R3", "R4", "R5"]
    box.close()
    box = spool(tmp_path / "s")
    assert box.bytes == 0 and names(Marked(box.cursor("file"), 100)) == []
    box.close()


def test_where_there_is_no_room(tmp_path: Path) -> None:
    """What does not fit is not delivered, and what does is, whatever becomes of the spool meanwhile."""
    box = spool(tmp_path / "s", max_bytes=2000)
    store = Marked(box.cursor("file"), 5)
    assert sent(box, store, *range(8)) == 3
    for _ in range(50):
        box.append([item(99)])
    assert names(store, 2) == ["R0", "R1"]
    store.done(2)
    assert sent(box, store, 8, 9, 10) == 1 and names(store) == ["R2", "R3", "R4", "R8", "R9"]
    store.done(5)
    assert len(store) == 0
    box.close()


def test_more_than_there_is_room_for_has_been_left(tmp_path: Path) -> None:
    box = spool(tmp_path / "s")
    box.cursor("file")
    for n in range(30):
        box.append([item(n)])
    box.close()
    box = spool(tmp_path / "s")
    store = Marked(box.cursor("file"), 10)
    assert sent(box, store, 30) == 1 and names(store) == [f"R{n}" for n in range(30)]
    store.done(25)
    assert sent(box, store, 31) == 0 and names(store) == ["R25", "R26", "R27", "R28", "R29", "R31"]
    box.close()


def test_which_outlive_the_process(tmp_path: Path) -> None:
    box = spool(tmp_path / "s")
    assert box.cursor("a").lasting and Marked(box.cursor("b"), 1).lasting and not Memory().lasting
    box.close()
