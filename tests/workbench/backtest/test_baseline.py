"""What is known to raise alerts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.workbench.backtest.baseline import over, read, write
from pysysdig.workbench.backtest.model import TraceResult


def test_more_than_is_known(tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    write(path, [TraceResult("x/a.scap", counts=({"R": 2, "ä": 1},)), TraceResult("b.scap", error="damaged")])
    known = read(path)
    assert over(known, [TraceResult("y/a.scap", counts=({"R": 2},))]) == ()
    now = [TraceResult("a.scap", counts=({"R": 3},)), TraceResult("new.scap", counts=({"R": 1},))]
    assert over(known, now) == (("a.scap", "R", 3, 2), ("new.scap", "R", 1, 0))


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 1}', '{"schema": 1, "traces": {"a": {"R": -1}}}', "[" * 100_000])
def test_what_is_no_baseline(tmp_path: Path, text: str) -> None:
    (tmp_path / "b").write_text(text)
    with pytest.raises(PysysdigError, match="not a baseline"):
        read(str(tmp_path / "b"))
