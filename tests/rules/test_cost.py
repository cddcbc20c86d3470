"""What rules take."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.replay import replay
from pysysdig.rules.cost import FIELD, MACRO, RULE, CostEngine, Meter
from pysysdig.rules.engine import Engine
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any

TEXT = "- macro: opened\n  condition: (evt.type=openat and fd.name startswith /etc)\n" + "".join(
    f"- rule: R{i}\n  desc: d\n  condition: opened and proc.name != x{i}\n  output: o\n  priority: INFO\n" for i in range(2)
)


def test_time_within_something_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 3.0, 7.0, 100.0, 101.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    meter = Meter()
    meter.enter((RULE, "a"))
    meter.enter((FIELD, "b"))
    meter.leave()
    meter.leave()
    meter.enter((RULE, "c"))
    meter.leave()
    assert meter.seconds == {(RULE, "a"): 5.0, (FIELD, "b"): 2.0, (RULE, "c"): 1.0}


def test_the_same_matches_and_what_they_took(root: Path) -> None:
    loaded = load_rules([RuleText("r", TEXT.encode())])
    plain, measured = Engine(loaded.rules), CostEngine(loaded, loaded.rules)
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        for view, _ in replay(converted(capture.sections()), level=measured.needs):
            for a, b in zip(plain.match(view), measured.match(view)):
                assert a.tolist() == b.tolist()
    costs = measured.costs()
    assert costs[MACRO, "opened"][3] == 2 and costs[FIELD, "fd.name"][0] > 0
    assert costs[RULE, "R0"][1:3] == costs[RULE, "R1"][1:3] and costs[RULE, "R0"][1] == 254
    measured.reset()
    assert measured.costs()[RULE, "R0"] == (0.0, 0, 0, 0)
