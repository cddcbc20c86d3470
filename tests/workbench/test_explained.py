"""Why an alert was raised."""

from __future__ import annotations

from pathlib import Path

from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.explained import explained
from pysysdig.workbench.explanation import TRUE
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
