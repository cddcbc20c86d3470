"""Why a rule is not tried."""

from __future__ import annotations

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.engine import Switch
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.loaded import missing

RULE = "- rule: {}\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: {}\n  tags: [net]\n{}"
TEXT = (
    RULE.format("Off", "ERROR", "  enabled: false\n")
    + RULE.format("Low", "DEBUG", "")
    + RULE.format("Newer", "ERROR", "  skip-if-unknown-filter: true\n").replace(
        "evt.type=openat", "evt.type=openat and no.field=1"
    )
    + RULE.format("Plain", "ERROR", "")
)


@pytest.mark.parametrize(
    ("name", "switches", "reason"),
    [
        ("Off", [], "switched off in its file"),
        ("Low", [], "its priority Debug is below Error"),
        ("Newer", [], "nonexistent field no.field"),
        ("Plain", [Switch(enable=False, rule="Pl*")], "switched off by the name Pl*"),
        ("Plain", [Switch(enable=False, tag="net")], "switched off by the tag net"),
    ],
)
def test_reasons(name: str, switches: list[Switch], reason: str) -> None:
    assert reason in missing(name, load_rules([RuleText("f", TEXT.encode())]), 3, switches)


def test_no_such_rule() -> None:
    with pytest.raises(UsageError, match="no rule 'Plane'; did you mean Plain"):
        missing("Plane", load_rules([RuleText("f", TEXT.encode())]), 7, [])
