"""What became of a rule over a run."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.workbench import survey
from pysysdig.workbench.explanation import FALSE, UNTRIED
from tests.workbench.explained import looked, surveyed


def test_the_surprising_miss_comes_first() -> None:
    """One read of /etc/shadow by a shell among many harmless reads."""
    many = [("cat", f"/lib/{n}") for n in range(50)]
    found = surveyed("Shadow", *many, ("bash", "/etc/shadow"))
    assert (found.status, found.events, found.tried, found.matched, found.alerts) == (FALSE, 51, 51, 0, 0)
    best = found.misses[0]
    assert [clause.text for clause in best.lacking] == ["not proc.name in (shells)"] and best.first == 51
    assert best.surprise > found.misses[1].surprise and best.example is not None and best.example.distance == 1


def test_did_you_mean() -> None:
    condition = "evt.type=openat and fd.name pmatch (/etc/x, /etc/ld.so.cach)"
    rules = f"- rule: R\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
    found = surveyed("R", *[("cat", "/etc/ld.so.cache")] * 8, ("cat", "/lib"), rules=rules)
    assert found.misses[0].suggestions == (("/etc/ld.so.cach", "/etc/ld.so.cache", 8),)


def test_never_tried_says_what_there_was() -> None:
    found = surveyed("Never", ("cat", "/etc/passwd"))
    assert (found.status, found.wanted, found.occurred) == (UNTRIED, ("open",), (("openat", 1),))


def test_alternatives_are_looked_at_one_by_one() -> None:
    rules = (
        "- rule: R\n  desc: d\n  condition: (evt.type=openat and fd.name=/a) or (evt.type=close and fd.name=/b)\n"
        "  output: o\n  priority: INFO\n"
    )
    found = surveyed("R", ("cat", "/b"), rules=rules)
    assert {tuple(c.text for c in miss.lacking) for miss in found.misses} == {("fd.name = /a",), ("evt.type = close",)}


def test_once_tried_only_some_events_of_other_types_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "_OTHERS", 0)
    explainer, found = looked(("cat", "/etc/passwd"), ("cat", "/etc/shadow"))
    sel = np.arange(2)
    tried, never = (survey.Survey(explainer, explainer.number(name)) for name in ("Etc", "Never"))
    for one in (tried, never):
        assert np.array_equal(one.choose(found.view, sel)[1], sel)
        one.add(found, sel, explainer.probe.read(found.view, sel))
    assert len(tried.choose(found.view, sel)[1]) == 2 and tried.choose(found.view, sel)[0]
    assert never.choose(found.view, sel) == (b"", sel)
