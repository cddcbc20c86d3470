"""What is said of a backtest."""

from __future__ import annotations

import csv
import io
import json
import re

from pysysdig.workbench.backtest.formats import FORMATS
from pysysdig.workbench.backtest.model import MOVED, NEW, Cost, Difference, Outcome, TraceResult
from tests.workbench.backtest.conftest import Variants
from tests.workbench.conftest import SHADOWED

EVIL = "=x\x1b[2J|`<b>\x07\n\u202e"


def outcome(variants: Variants, text: str = "text") -> Outcome:
    differences = (
        Difference("B", MOVED, text, 0, 7, "1.0", "Later", "Broad", text, text),
        Difference("B", NEW, text, 1, 8, "2.0", "Broad", "", text, text),
    )
    changes = {("B", MOVED, "Later"): 1, ("B", MOVED, "Broad"): -1, ("B", NEW, "Broad"): 1}
    costs: tuple[dict[tuple[str, str], Cost], ...] = (
        {("rule", "Broad"): Cost(0.5, 10, 2, 0), ("macro", text): Cost(0.25, 0, 0, 3)},
        {},
    )
    result = TraceResult(text, 10, 1, ({"Broad": 2}, {"Broad": 2, "Later": 1}), differences, changes, costs, text)
    return Outcome(tuple(variants(SHADOWED, SHADOWED)), (result,), ((text, "Broad", 2, 1),))


def test_control_characters_come_out_of_none(variants: Variants) -> None:
    for name, make in FORMATS.items():
        report = make(outcome(variants, EVIL))
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", report), name


def test_people_read_what_happened(variants: Variants) -> None:
    lines = FORMATS["pretty"](outcome(variants)).splitlines()
    assert lines[0] == "1 trace, 10 events, 1 notices of lost events, 1 could not be read to the end"
    assert "Broad  2  2    1     0     -1" in lines and "Later  0  1    0     0     +1" in lines
    assert "moved B  text event 7  1.0  Broad -> Later" in lines and "new   B  text section 1 event 8  2.0  Broad" in lines
    assert "more than the baseline: text: Broad: 2, known are 1" in lines


def test_programs_read_all_of_it(variants: Variants) -> None:
    whole = json.loads(FORMATS["json"](outcome(variants)))
    assert whole["counts"][0] == {"variant": "A", "trace": "text", "rule": "Broad", "alerts": 2}
    assert [d["kind"] for d in whole["differences"]] == ["moved", "new"] and whole["overs"][0]["baseline"] == 1
    lines = [json.loads(line) for line in FORMATS["ndjson"](outcome(variants)).splitlines()]
    assert {line["type"] for line in lines} == {"variant", "trace", "count", "difference", "cost", "over"}


def test_tables_keep_their_shape(variants: Variants) -> None:
    rows = list(csv.reader(io.StringIO(FORMATS["csv"](outcome(variants, EVIL)))))
    assert rows[0] == ["trace", "rule", "A", "B", "new", "gone", "moved"] and rows[1][0].startswith("'=x\\x1b")
    for line in FORMATS["markdown"](outcome(variants, EVIL)).splitlines():
        if line.startswith(("| moved", "| new")):
            assert len(re.split(r"(?<!\\)\|", line)) == 7 and "<b>" not in re.sub(r"``.*?``|`.*?`", "", line)
