"""Alerts on disk."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pysysdig.alerts.model import Alert
from pysysdig.errors import PysysdigError
from pysysdig.service import spool as spools
from pysysdig.service.cursors import Cursor
from pysysdig.service.lane import Item
from pysysdig.service.log import Log
from pysysdig.service.spool import Spool

FIELDS = {"evt.time": 10**18, "fd.name": None, "proc.aname": ["a", "b\udc80"], "ok": True, "x": 1.5, "n": 2**64 - 1}


def item(number: int) -> Item:
    return Alert(10**18, 5, f"R{number}", "syscall", ("t",), "box", "töxt", FIELDS, f"u{number}"), f"line \xc3{number}\n"


def spool(path: Path, said: list[str] | None = None, **more: float) -> Spool:
    log = Log(stderr=False, system=lambda level, text: said.append(text) if said is not None else None)
    return Spool(str(path), log, **more)  # type: ignore[arg-type]


def rest(cursor: Cursor, count: int = 100) -> list[str]:
    found = [alert.rule for alert, _ in cursor.peek(count)]
    cursor.done(len(found))
    return found


def test_each_output_takes_all_in_order_and_they_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "spool.db"
    first = spool(path)
    a, b = first.cursor("a"), first.cursor("b")
    first.append([item(1), item(2)])
    first.append([item(3)])
    assert a.peek(2) == [item(1), item(2)] and len(a) == 3  # looked at, not taken
    a.done(1)
    assert rest(b) == ["R1", "R2", "R3"] and len(b) == 0
    first.close()
    assert path.stat().st_mode & 0o077 == 0
    second = spool(path)
    a, b, c = second.cursor("a"), second.cursor("b"), second.cursor("c")
    second.append([item(4)])
    assert (rest(a), rest(b), rest(c)) == (["R2", "R3", "R4"], ["R4"], ["R4"])
    second.close()
    third = spool(path)
    assert third.bytes == 0 and rest(third.cursor("a")) == []


@pytest.mark.parametrize("moment", range(3))
def test_what_was_accepted_survives_kill_9(tmp_path: Path, moment: int) -> None:
    """It is told of each lot once `append` has returned; all of these are there again, each of them once, in order."""
    program = (
        "import sys\n"
        "from pysysdig.service.spool import Spool\n"
        "from pysysdig.service.log import Log\n"
        "from tests.service.test_spool import item\n"
        "spool = Spool(sys.argv[1], Log())\n"
        "spool.cursor('a')\n"
        "for i in range(0, 10**9, 7):\n"
        "    spool.append([item(i + j) for j in range(7)])\n"
        "    print(i + 7, flush=True)\n"
    )
    path = tmp_path / "spool.db"
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, cwd=root) as running:
        assert running.stdout is not None
        told = [running.stdout.readline() for _ in range(1 + 20 * moment)]
        os.kill(running.pid, signal.SIGKILL)
        accepted = int((told + running.stdout.readlines())[-1])
    found = rest(spool(path).cursor("a"), 10**9)
    assert found[:accepted] == [f"R{i}" for i in range(accepted)] and len(found) <= accepted + 7
    assert found == [f"R{i}" for i in range(len(found))]


def test_too_many(tmp_path: Path) -> None:
    box = spool(tmp_path / "s", max_bytes=20_000)
    slow, quick = box.cursor("slow"), box.cursor("quick")
    for i in range(400):
        box.append([item(i)])
        rest(quick)
    assert box.bytes <= 20_000 and quick.lost == 0
    found = rest(slow, 1000)
    assert found == [f"R{i}" for i in range(slow.lost, 400)] and 0 < len(found) < 400


def test_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = spool(tmp_path / "s", max_age=3600)
    a = box.cursor("a")
    box.append([item(1), item(2)])
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3000)
    box.append([item(3)])
    box.look()
    assert len(a) == 3
    monkeypatch.setattr("time.time", lambda: now + 3700)
    box.look()
    assert (a.lost, rest(a)) == (2, ["R3"])
    box.look()
    assert box.bytes == 0


def test_outputs_that_are_gone_keep_nothing_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = spool(tmp_path / "s")
    a, _ = box.cursor("a"), box.cursor("gone")
    box.append([item(1)])
    rest(a)
    box.retire(["a"])
    box.look()
    assert box.bytes > 0
    box.close()
    box = spool(tmp_path / "s")
    box.cursor("a")
    box.retire(["a"])
    box.look()
    assert box.bytes > 0
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 86400)
    box.look()
    assert box.bytes == 0
    box.append([item(2)])
    assert rest(box.cursor("gone")) == []  # it is new


def test_outputs_that_are_there_again_have_lost_nothing(tmp_path: Path) -> None:
    """A configuration without them may have been a mistake, or a trial; what would be too much has gone, and is counted."""
    box = spool(tmp_path / "s", max_bytes=20_000)
    a = box.cursor("a")
    b = box.cursor("b")
    box.append([item(1), item(2)])
    assert rest(b, 1) == ["R1"]
    box.retire(["a"])
    box.append([item(3)])
    assert rest(a) == ["R1", "R2", "R3"]
    b.advance(2)  # what was being delivered then
    box.look()
    again = box.cursor("b")
    assert (again.lost, len(again), rest(again)) == (0, 1, ["R3"])
    box.retire(["a"])
    for i in range(4, 404):
        box.append([item(i)])
        box.look()
    again = box.cursor("b")
    waiting = len(again)
    assert again.lost + waiting == 400 and rest(again, 1000) == [f"R{i}" for i in range(404 - waiting, 404)]


def test_what_is_too_much_goes_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps; who appends removes no more than what is in the way."""
    monkeypatch.setattr(spools, "_AT_ONCE", 10)
    box = spool(tmp_path / "s", max_bytes=20_000)
    a = box.cursor("a")
    while box.bytes < 19_500:
        box.append([item(1)])
    steps: list[int] = []
    remove = box._remove

    def counted(last: int) -> None:
        steps.append(last)
        remove(last)

    monkeypatch.setattr(box, "_remove", counted)
    before = len(a)
    box.look()
    assert 17_000 < box.bytes <= 18_000 and a.lost == before - len(a) == steps[-1] and len(steps) == -(-a.lost // 10) > 0
    steps.clear()
    while not steps:
        box.append([item(2)])
    assert 19_000 < box.bytes <= 20_000  # one went for the one that came


@pytest.mark.parametrize("damage", [b"not a database, certainly not one" * 9, b"SQLite format 3\0" + b"\xff" * 9000])
def test_one_that_is_damaged_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "s").write_bytes(damage)
    said: list[str] = []
    box = spool(tmp_path / "s", said)
    a = box.cursor("a")
    box.append([item(1)])
    assert rest(a) == ["R1"] and box.damaged == 1
    (aside,) = tmp_path.glob("s.damaged-*")
    assert aside.read_bytes() == damage and len(said) == 1 and "a new one is begun" in said[0]


def test_one_that_is_found_to_be_damaged_at_work(tmp_path: Path) -> None:
    """What was only there is lost, and counted; what comes with it is not."""
    said: list[str] = []
    box = spool(tmp_path / "s", said)
    a = box.cursor("a")
    box.append([item(1), item(2), item(3)])
    assert rest(a, 1) == ["R1"]
    real = box._file.db

    class Damaged:
        def __enter__(self) -> None:
            raise sqlite3.DatabaseError("database disk image is malformed")

        def __exit__(self, *error: object) -> None: ...

        def close(self) -> None:
            real.close()

    box._file.db = Damaged()  # type: ignore[assignment]
    box.append([item(4)])
    assert rest(a) == ["R4"] and a.lost == 2 and box.damaged == 1 and "malformed; it is now" in said[0]
    box.append([item(5)])
    assert rest(a) == ["R5"] and rest(box.cursor("a")) == []


def test_an_alert_that_is_damaged_is_passed_over(tmp_path: Path) -> None:
    box = spool(tmp_path / "s")
    a = box.cursor("a")
    box.append([item(1), item(2), item(3), item(4)])
    with sqlite3.connect(tmp_path / "s") as other:
        other.execute("UPDATE alerts SET body = x'c1' WHERE seq IN (1, 3)")
    assert rest(a, 1) == ["R2"] and rest(a, 1) == ["R4"] and len(a) == 0 and a.lost == 2


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts wait in memory and are delivered all the same; once there is room they are on disk, in order."""
    monkeypatch.setattr(spools, "_AGAIN", 0)
    said: list[str] = []
    box = spool(tmp_path / "s", said)
    a, b = box.cursor("a"), box.cursor("b")
    box.append([item(1)])
    pages = box._file.db.execute("PRAGMA page_count").fetchone()[0]
    box._file.db.execute(f"PRAGMA max_page_count = {pages}")
    for i in range(2, 200):
        box.append([item(i)])
    assert len(said) == 1 and "full; alerts are kept in memory" in said[0]
    assert rest(a, 1000) == [f"R{i}" for i in range(1, 200)]
    box._file.db.execute("PRAGMA max_page_count = 100000")
    box.append([item(200)])
    assert len(said) == 2 and "written again" in said[1]
    box.close()
    again = spool(tmp_path / "s").cursor("b")
    assert rest(again, 1000) == [f"R{i}" for i in range(1, 201)] and again.lost == b.lost == 0


def test_once_there_is_room_nothing_has_to_come_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "_AGAIN", 0)
    box = spool(tmp_path / "s")
    box.cursor("a")
    box._file.db.execute("PRAGMA query_only = 1")
    box.append([item(1), item(2)])
    box.look()
    box._file.db.execute("PRAGMA query_only = 0")
    box.look()
    with sqlite3.connect(tmp_path / "s") as other:
        assert other.execute("SELECT count(*) FROM alerts").fetchone() == (2,)


def test_memory_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "CAPACITY", 10)
    box = spool(tmp_path / "s")
    a = box.cursor("a")
    box._file.db.execute("PRAGMA query_only = 1")
    box.append([item(i) for i in range(25)])
    assert rest(a) == [f"R{i}" for i in range(15, 25)] and a.lost == 15


def test_where_there_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "s", tmp_path):
        with pytest.raises(PysysdigError, match=rf"^spool {path}: [^\[]+$"):  # no [Errno 20]
            spool(path)


def test_another_process_has_it(tmp_path: Path) -> None:
    first = spool(tmp_path / "s")
    with pytest.raises(PysysdigError, match=f"^spool {tmp_path}/s: another process uses it"):
        spool(tmp_path / "s")
    first.close()
    spool(tmp_path / "s").close()


def test_what_is_delivered_goes_and_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "_AT_ONCE", 7)
    box = spool(tmp_path / "s")
    a = box.cursor("a")
    sizes = []
    for _ in range(5):
        for i in range(100):
            box.append([item(i)])
        assert len(rest(a)) == 100
        box.look()
        assert box.bytes == 0
        sizes.append((tmp_path / "s-wal").stat().st_size)
    assert sizes[1:] == sizes[:-1]  # it is begun anew each time


def test_a_log_that_somebody_always_appends_to_is_emptied_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader elsewhere stands for those who append at the very moment: the log cannot be written into the database."""
    monkeypatch.setattr(spools, "_LONGEST_LOG", 10)
    box = spool(tmp_path / "s")
    box.cursor("a")
    with contextlib.closing(sqlite3.connect(tmp_path / "s", check_same_thread=False)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM alerts").fetchall()
        for i in range(100):
            box.append([item(i)])
        monkeypatch.setattr(spools, "_AGAIN", 0)
        timer = threading.Timer(0.3, other.rollback)
        timer.start()
        box.look()
        timer.join()
    assert (tmp_path / "s-wal").stat().st_size == 0 and rest(box.cursor("a")) == [f"R{i}" for i in range(100)]
