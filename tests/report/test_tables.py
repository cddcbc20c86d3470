"""Tables of reports are those of --view -j."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pysysdig.report.tables import VIEWS
from tests.conftest import Call
from tests.report.made import data_of, table


def shown(call_cli: Call, path: Path, view: str, *more: str) -> list[dict[str, Any]]:
    """Rows of --view -j."""
    result = call_cli("-r", str(path), "--view", view, "-j", *more)
    rows: list[dict[str, Any]] = json.loads(result.stdout)["slices"][-1].get("data", [])
    return rows


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("capture", ["demo.scap", "udp.scap", "exit_only_udp.scap"])
def test_a_table_is_the_view(root: Path, call_cli: Call, capture: str, view: str) -> None:
    path = root / "captures" / capture
    for filter_text in ("", "proc.name!=bash"):
        rows = table(data_of(path, filter_text), view)["rows"]
        wanted = [row["d"] for row in shown(call_cli, path, view, *filter(None, [filter_text]))]
        assert len(rows) == len(wanted)
        for mine, theirs in zip(rows, wanted):
            for value, other in zip(mine, theirs):
                if isinstance(other, (int, float)) or isinstance(value, str):
                    assert value == pytest.approx(other, abs=1e-3) if not isinstance(value, str) else value == other
