"""Process lists of our own traces: what they say comes back; what makes no sense is told apart from our own mistakes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from pysysdig.errors import CaptureError
from pysysdig.state import snapshot as sn
from pysysdig.state.build import fd, process, snapshot
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
    given = rows.threads(data, 2, ("x.pscap", 99))
    cat, dog = (rows.RecordedThread(given, i, 7 + i) for i in range(2))
    assert (cat.comm, cat.exe, cat.row, dog.comm, dog.exe, dog.row) == ("cat", "sh", 7, "dog", "sh", 8)
    assert dog.cwd == ThreadInfo(0).cwd
    for name in ("args", "pid"):
        with pytest.raises(CaptureError, match="state that makes no sense") as caught:
            getattr(cat, name)
        assert (caught.value.name, caught.value.offset) == ("x.pscap", 99)
    assert not hasattr(cat, "what")
    fds = rows.fds(Values(partial(dumps, {"sock": [b"", b"12"], "fd": [1, 2]}), "x.pscap", 99), 2, ("x.pscap", 99))
    assert rows.RecordedFd(fds, 1, 1).fd == 2
    with pytest.raises(CaptureError, match="state that makes no sense"):
        _ = rows.RecordedFd(fds, 0, 0).sock
    for wrong in (-1, "2"):
        with pytest.raises(ValueError):
            rows.threads(data, wrong, ("x.pscap", 99))  # type: ignore[arg-type]


def test_what_is_forgotten_is_decoded_again_unless_it_was_given_other_values() -> None:
    loads: list[int] = []

    def load() -> bytes:
        loads.append(1)
        return dumps({"comm": ["cat", "dog"], "cgroups": [["cpu=/a"], []], "container_id": ["x", "y"]})

    given = rows.threads(Values(load), 2, ("x.pscap", 99), lambda groups, root, env: groups[0])
    for _ in range(2):
        assert given["comm"] == ["cat", "dog"] and given["container_id"] == ["cpu=/a", "y"]
        given.forget()
    assert len(loads) == 2
