"""Whatever a rule file holds: there is a verdict, in text and in JSON, and what is valid can be described and run."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pysysdig.alerts.make import AlertMaker
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.describe import describe, list_rules
from pysysdig.rules.engine import Engine, active_rules
from pysysdig.rules.load import RuleText
from pysysdig.rules.validate import validate
from tests.rules.test_walkthrough import CHINESE, LIST_OVERRIDE, MACRO_APPEND, RULE_APPEND, RULES, UDP

WHOLE = "".join((RULES, LIST_OVERRIDE, MACRO_APPEND, RULE_APPEND, CHINESE, UDP)) + """
- required_engine_version: 0.26.0
- rule: udp
  exceptions:
    - name: pairs
      fields: [proc.name, fd.name]
      comps: [in, startswith]
      values: [[[a, "b c"], /etc], [x, /dev]]
    - {name: one, fields: proc.pname, values: [sh, bash]}
  override: {exceptions: append}
"""  # fmt: skip
FRAGMENTS = (
    "append: true\n",
    "override: {condition: append}\n", "- ", "  ", "\n", "\t", ": ", "[", "]", "{", "}", "(", ")", "'", '"', "&a ",
    "*a", "---\n", "~", "null", "%", "%proc.name", "%5fd.ip", "\\", "<NA>", " and ", " or ", " not ", " in (", "val(", "tolower(",
    "join(',', (", "evt.type=open", "evt.dir=<", "fd.net in (10.0.0.0/8)", "my_programs", "mine", "k8s_audit", "maybe", "0x1F",
    "99999999999999999999", "\x00", "\xff", "规", " startswith oneof (a)", "comps: exists", "source: syscall\n", "priority: 7\n",
)  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30), st.sampled_from(FRAGMENTS)), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(EDITS)
def test_any_text(edits: list[tuple[int, int, str]]) -> None:
    text = WHOLE
    for at, removed, inserted in edits:
        text = text[:at] + inserted + text[at + removed :]
    files = [RuleText("f", text.encode())]
    shown, outcome = validate(files), validate(files, True)
    (result,) = json.loads(outcome.text)["falco_load_results"]
    assert result["successful"] is (outcome.status == 0) is (shown.status == 0)
    assert shown.text.startswith("f: Ok" if outcome.status == 0 else "f: Invalid")
    rules = active_rules(outcome.rule_set.rules, 7)
    if outcome.status:
        assert not rules
        return
    described = describe(outcome.rule_set, None)
    assert [r["info"]["name"] for r in described["rules"]] == [r.name for r in outcome.rule_set.rules]
    assert list_rules(outcome.rule_set).count("\n") >= 2
    assert len(Engine(rules).rules) == len(rules)
    AlertMaker(rules, RuleConfig())
