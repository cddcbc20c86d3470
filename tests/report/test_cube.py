"""A brush: what the table says of it is what a run with its filter counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.report.made import data_of, table


def bounds(line: dict[str, str | int], start: int, end: int) -> str:
    """The filter of stretches start to end, the latter excluded, as the page makes it."""
    width = int(line["coarse"]) * int(line["width"])
    stretches = -(-int(line["used"]) // int(line["coarse"]))
    parts = [f"evt.rawtime>={int(line['origin']) + start * width}"] if start else []
    parts += [f"evt.rawtime<{int(line['origin']) + end * width}"] if end < stretches else []
    return " and ".join(parts)


@pytest.mark.parametrize("view", ["procs", "files", "connections", "errors", "syscalls"])
@pytest.mark.parametrize("capture", ["demo.scap", "udp.scap"])
def test_sums_in_a_brush(root: Path, call_cli: Call, capture: str, view: str) -> None:
    path = root / "captures" / capture
    data = data_of(path)
    found = table(data, view)
    stretches = -(-data["line"]["used"] // data["line"]["coarse"])
    seen = 0
    for start, end in ((0, stretches // 3), (stretches // 3, stretches // 2), (stretches // 2, stretches)):
        result = call_cli("-r", str(path), "--view", view, "-j", bounds(data["line"], start, end))
        wanted = {row["k"]: row["d"] for row in json.loads(result.stdout)["slices"][-1].get("data", [])}
        for i, cells in enumerate(found["cube"]["rows"]):
            inside = [amounts for stretch, *amounts in cells if start <= stretch < end]
            for k, column in enumerate(found["cube"]["columns"]):
                if found["columns"][column]["unit"] == "ns":
                    continue  # -j prints times as text
                key = found["keys"][i].strip('"')
                other = wanted.get(key)
                assert sum(a[k] for a in inside) == (other[column] if other else 0), (key, found["columns"][column])
                seen += bool(other and other[column])
    assert seen or not found["rows"]


def test_columns_that_add_up_are_the_whole(root: Path) -> None:
    found = table(data_of(root / "captures" / "demo.scap"), "files")
    for row, cells in zip(found["rows"], found["cube"]["rows"]):
        for k, column in enumerate(found["cube"]["columns"]):
            assert sum(c[1 + k] for c in cells) == row[column]
