"""What a report says of itself."""

from __future__ import annotations

from pathlib import Path

from pysysdig.report.document import About, document
from tests.report.made import data_of


def test_losses_are_said(root: Path) -> None:
    data = data_of(root / "captures" / "demo.scap")
    origin = int(data["line"]["origin"])
    made = document(About("<a>\x1b", "box", "", "pysysdig", [(7, origin + 5, origin + 9)]), data)
    assert made["losses"] == [[7, 5, 9]]
    assert "7 events lost" in made["about"]["line"]
    assert any("7 events were lost" in note for note in made["notes"])
    assert made["about"]["title"] == "<a>\\x1b"
