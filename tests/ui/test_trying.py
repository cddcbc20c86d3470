"""Rules tried batch by batch, beside somebody else who looks at the same events."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pysysdig.alerts.model import Alert
from pysysdig.sources.opening import open_any
from pysysdig.ui.trying import Trying
from tests.ui.test_book import book


def tried(root: Path, lost: int = 0, switched: str = "") -> list[Alert]:
    """The alerts of the demo, at the end of which `lost` events are missing; a rule is switched before its second half."""
    made = book(root)
    alerts: list[Alert] = []
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        section = next(iter(capture.sections()))
        trying = Trying(section, made.active(), made.all, made.config)
        batches = list(section.batches())
        half = np.arange(len(batches[0]) // 2)
        parts = [batches[0].subset(half), batches[0].subset(np.arange(len(half), len(batches[0]))), *batches[1:]]
        for number, batch in enumerate(parts):
            before = batch.num.copy()
            if number == 1 and switched:
                made.switch(switched)
                trying.retry(made.active())
            alerts += trying.alerts(batch, lost)
            assert (batch.num == before).all()
    return alerts


def test_alerts_are_those_of_the_capture(root: Path) -> None:
    expected = [alert for lot in book(root).raised() for alert in lot]
    assert expected and tried(root) == expected


def test_a_rule_that_is_switched_counts_from_then_on(root: Path) -> None:
    whole, part = tried(root), tried(root, switched="Runs")
    assert 0 < sum(a.rule == "Runs" for a in part) < sum(a.rule == "Runs" for a in whole)
    assert {a.rule for a in part} == {"Runs", "Sorts"}


def test_losses_are_alerts_too(root: Path) -> None:
    (loss,) = [a for a in tried(root, lost=5) if a.source == "internal"]
    assert loss.fields["n_drops"] == "5"
