"""What a proposal is."""

from __future__ import annotations

import pytest

from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.tune.model import Cell, Proposal, Raised, strong, usable

RULE = '- rule: "R: \\"x\\""\n  desc: d\n  condition: evt.type=close\n  output: o\n  priority: INFO\n'


def test_a_patch_loads_and_says_what_is_meant() -> None:
    cells = (
        Cell("proc.exepath", "=", ("/usr/bin/a",)),
        Cell("fd.name", "in", ("/x", "/y")),
        Cell("fs.path.name", "pmatch", ("/z",)),
    )
    proposal = Proposal('R: "x"', "tuned_1", cells, 2, False)
    loaded = load_rules([RuleText("a", RULE.encode()), RuleText("b", proposal.patch().encode())])
    assert loaded.successful, loaded.results[-1].as_text()
    (exception,) = loaded.rules[0].exceptions
    assert exception.name == "tuned_1" and [c.text for c in (exception.comps.items or [])] == ["=", "in", "pmatch"]  # type: ignore[union-attr]
    raised = Raised('R: "x"', "t", 0, 1, "", {"proc.exepath": "/usr/bin/a", "fd.name": "/y", "fs.path.name": "/z/q"})
    assert proposal.fits(raised) and not proposal.fits(raised._replace(fields={"fd.name": "/y"}))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("proc.exepath", "/usr/bin/restic", True), ("proc.exepath", "/tmp/restic", False),
        ("proc.exepath", "/usr/bin/python3.11", False),
        ("user.name", "root", False), ("user.name", "backup", True), ("proc.name", "restic", False),
        ("container.image.repository", "docker.io/library/nginx", True),
    ],
)  # fmt: skip
def test_who_can_choose(field: str, value: str, expected: bool) -> None:
    assert strong(field, value) == expected


def test_values_that_mean_something_in_rules_are_not_used() -> None:
    assert usable("/usr/bin/a-b_c.d") and not any(map(usable, ("", "a b", "a,b", '"', "\x1b", "(x)", "<NA>", "a\n", "#x", "é")))
