"""What is said of proposals."""

from __future__ import annotations

import json
import re

from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.backtest.model import MOVED, Difference
from pysysdig.workbench.tune.effects import Effect
from pysysdig.workbench.tune.formats import as_json, patch, pretty, summary
from pysysdig.workbench.tune.model import Cell, Proposal

EVIL = "x\x1b[2J\n- rule: evil"
MOVE = Difference("P0", MOVED, "t", 0, 7, "1.0", "Later", "Broad", EVIL, EVIL)
EFFECT = Effect(Proposal(EVIL, "tuned_1", (Cell("proc.name", "=", ("cat",)),), 3, True), (MOVE,), (MOVE,), 1, 7)


def test_all_of_it_in_a_sentence() -> None:
    text = summary(EFFECT._replace(proposal=EFFECT.proposal._replace(rule="Broad")))
    assert text == "Broad: hides 1 alerts, keeps 7, uncovers 1 of Later. WEAK: whoever breaks in can choose what is compared"
    assert "refused: why" in summary(EFFECT._replace(refused="why"))


def test_hostile_names_stay_names() -> None:
    made = patch([EFFECT], [EVIL])
    loaded = load_rules([RuleText("p", made.encode())], keep_going=True)
    assert "no rule by that name" in loaded.results[0].errors[0].message  # it is YAML, and about one rule alone
    assert made.count("\n- rule:") == 1
    for text in (made, pretty([EFFECT], None, [EVIL], listed=True), as_json([EFFECT], None, [EVIL])):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_refused_ones_are_not_in_the_patch() -> None:
    refused = EFFECT._replace(refused="why")
    assert (
        "- rule" not in patch([refused], ["r.yaml"])
        and json.loads(as_json([refused], None, []))["proposals"][0]["refused"] == "why"
    )
    assert pretty([], None, []) == "no exceptions to propose\n"
