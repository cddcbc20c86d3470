"""The alerts that rules raise on a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.raised import raised
from tests.workbench.conftest import SHADOWED


def test_fields_are_there_whatever_the_configuration_shows(root: Path) -> None:
    rules = list(load_rules([RuleText("r", SHADOWED.encode())]).rules)
    config = RuleConfig()
    assert not config.json_output
    found = list(raised(str(root / "captures" / "demo.scap"), rules, config))
    assert len(found) == 8 and all(alert.fields["fd.name"] == "/etc/ld.so.cache" for alert in found if alert.rule == "Broad")
    assert [alert.time for alert in found] == sorted(alert.time for alert in found)
    with pytest.raises(PysysdigError):
        list(raised("/nonexistent", rules, config))
