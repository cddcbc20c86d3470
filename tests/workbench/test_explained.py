"""Why an alert was raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import CaptureError
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.sources.opening import open_any
from pysysdig.workbench.explained import explained, explained_at, surveyed
from pysysdig.workbench.explanation import TRUE, UNTRIED
from pysysdig.workbench.raised import raised
from tests.workbench.conftest import SHADOWED


def test_every_alert_has_its_reason(root: Path) -> None:
    loaded = load_rules([RuleText("r", SHADOWED.encode())])
    rules, config, trace = list(loaded.rules), RuleConfig(), str(root / "captures" / "demo.scap")
    alerts = list(raised(trace, rules, config))
    assert alerts
    for alert in alerts:
        found = explained(trace, loaded, rules, config, alert.rule, alert.time)
        assert found is not None and (found.rule, found.status, found.alerted) == (alert.rule, TRUE, True)
        assert found.event.process.startswith(alert.fields["proc.name"])
    assert explained(trace, loaded, rules, config, alerts[0].rule, alerts[0].time + 1) is None
    assert explained(trace, loaded, rules, config, "no such rule", alerts[0].time) is None


OFF = """- {rule: Execs, desc: d, condition: evt.type=execve and proc.name=sort, output: o, priority: ERROR}
- {rule: Off, desc: d, condition: evt.type=openat and fd.name startswith /etc, output: o, priority: ERROR, enabled: false}
"""


@pytest.mark.parametrize("name", ["Execs", "Off"])
def test_an_event_that_no_rule_fired_at_is_explained_too(root: Path, name: str) -> None:
    """By its number in the trace; the start of a call stands for its end."""
    loaded = load_rules([RuleText("r", OFF.encode())])
    rules, trace = [loaded.rules[0]], str(root / "captures" / "demo.scap")
    with open_any(trace) as capture:
        view, sel = next(replay(capture.sections(), "evt.type=openat and fd.name=/etc/ld.so.cache and evt.dir=<"))
        end = int(view.batch.num[sel[0]])
        thread = int(view.batch.tid[sel[0]])
        before = view.batch.num[(view.batch.tid == thread) & (view.batch.num < end)]
    found = explained_at(trace, loaded, rules, RuleConfig(), name, end)
    assert found is not None and found.status == (UNTRIED if name == "Execs" else TRUE)
    assert "fd.name" in "".join(found.as_text()) or name == "Execs"
    assert explained_at(trace, loaded, rules, RuleConfig(), name, int(before[-1])) == found
    assert explained_at(trace, loaded, rules, RuleConfig(), name, 10**9) is None


def test_what_came_of_a_rule_on_a_whole_trace(root: Path, tmp_path: Path) -> None:
    loaded = load_rules([RuleText("r", OFF.encode())])
    trace = root / "captures" / "demo.scap"

    def found(path: Path, **more: bool) -> tuple[int, int]:
        told = surveyed([str(path)], loaded, list(loaded.rules[:1]), RuleConfig(), "Execs", growing=more.get("growing", False))
        assert told is not None
        return told.events, told.alerts

    events, fired = found(trace)
    assert events > 1000 and fired > 0
    cut = tmp_path / "cut.scap"
    cut.write_bytes(trace.read_bytes()[:-1000])
    with pytest.raises(CaptureError):
        found(cut)
    assert 0 < found(cut, growing=True)[0] <= events
    assert surveyed([str(trace)], loaded, loaded.rules, RuleConfig(), "Execs", unwanted=lambda: True) is None
