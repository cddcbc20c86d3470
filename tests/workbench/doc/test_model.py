"""What is told of rules."""

from __future__ import annotations

from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.doc.model import Documented, documented, techniques


def rules(*tags: str, fired: dict[str, int] | None = None) -> list[Documented]:
    text = "".join(
        f"- rule: R{n}\n  desc: d\n  condition: evt.type=close\n  output: o\n  priority: INFO\n  tags: [{some}]\n"
        for n, some in enumerate(tags)
    )
    return documented(load_rules([RuleText("r", text.encode())]), {"R0"}, fired)


def test_techniques_stand_with_the_tactics_that_rules_name() -> None:
    table = techniques(rules("mitre_execution, T1059", "T1078", "mitre_impact", "container", "mitre_execution, T9999"))
    assert [(t.tactic, t.id) for t in table] == [
        ("initial-access", "T1078"), ("execution", "T1059"), ("execution", "T9999"), ("persistence", "T1078"),
        ("privilege-escalation", "T1078"), ("defense-evasion", "T1078"), ("impact", ""),
    ]  # fmt: skip
    assert table[1].name == "Command and Scripting Interpreter" and table[1].tested and not table[0].tested


def test_what_nobody_looked_at_is_not_said() -> None:
    (unknown,) = techniques(rules("mitre_execution, T1059"))
    assert unknown.fired is None
    (known,) = techniques(rules("mitre_execution, T1059", "mitre_execution, T1059", fired={"R0": 2, "R1": 3}))
    assert known.fired == 5
