"""The thread that looks after the spool."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.service import upkeep
from tests.service.peers import until
from tests.service.test_spool import item, rest, spool


def test_what_is_delivered_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_EVERY", 0.01)
    box = spool(tmp_path / "s")
    a = box.cursor("a")
    watch = upkeep.Upkeep(box)
    for i in range(100):
        box.append([item(i)])
    assert rest(a) == [f"R{i}" for i in range(100)]
    until(lambda: box.bytes == 0)
    watch.end()
    box.append([item(1)])
    rest(a)
    box.close()
