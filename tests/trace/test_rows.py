"""Process lists of our own traces: what they say comes back; what makes no sense is told apart from our own mistakes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from pysysdig.errors import CaptureError
from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, process, snapshot
from pysysdig.state.tables import Fds, Threads
from pysysdig.state.threads import ThreadInfo
from pysysdig.trace import rows
from pysysdig.trace.values import Damage, Values, dumps
from tests.trace.odd import variants


def machine() -> sn.Snapshot:
    made = snapshot(
        process(1, "init", args=["a", "b"], fds=[fd(3, "/etc/passwd")]),
        process(30, "cat", env=["X=1"]),
        accounts=[sn.UserEntry(0, 0, "root", "/root", "/bin/sh"), sn.GroupEntry(7, "wheel")],
    )
    made.interfaces.append(sn.InterfaceEntry("lo", bytes(4), bytes(4), bytes(4), 1))
    return made


def test_snapshots_come_back() -> None:
    said = rows.from_snapshot(machine())
    assert rows.from_snapshot(rows.to_snapshot(said)) == said


def test_a_snapshot_that_makes_no_sense_raises_what_is_named() -> None:
    told = 0
    for data in variants(rows.from_snapshot(machine())):
        try:
            rows.to_snapshot(data)
        except ValueError:
            told += 1
    assert told > 1000


def test_a_mistake_of_our_own_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(value: Any, kind: type) -> Any:
        return value.nosuch

    monkeypatch.setattr(rows, "_checked", slip)
    with pytest.raises(AttributeError), Damage(("x", 0)):
        rows.to_snapshot(rows.from_snapshot(machine()))


def test_hostile_rows() -> None:
    packed = dumps({"comm": ["cat", "dog"], "exe": ["sh"], "args": [["a"], [1]], "pid": [1, 2, 3], "what": [1, 2]})
    data = Values(lambda: packed, "x.pscap", 99)
    table = Threads()
    for _ in range(7):
        table.add(ThreadInfo(0))
    cat, dog = (table.rows[row] for row in rows.threads(data, 2, table, ("x.pscap", 99)))
    assert (cat.comm, cat.exe, cat.row, dog.comm, dog.exe, dog.row) == ("cat", "sh", 7, "dog", "sh", 8)
    assert dog.cwd == ThreadInfo(0).cwd
    for name in ("args", "pid"):
        with pytest.raises(CaptureError, match="state that makes no sense") as caught:
            getattr(cat, name)
        assert (caught.value.name, caught.value.offset) == ("x.pscap", 99)
    assert not hasattr(cat, "what")
    fds = Fds()
    rows.fds(Values(partial(dumps, {"sock": [b"", b"12"], "fd": [1, 2]}), "x.pscap", 99), 2, fds, ("x.pscap", 99))
    assert fds.rows[1].fd == 2
    with pytest.raises(CaptureError, match="state that makes no sense"):
        _ = fds.rows[0].sock
    for wrong in (-1, "2"):
        with pytest.raises(ValueError):
            rows.threads(data, wrong, Threads(), ("x.pscap", 99))  # type: ignore[arg-type]
