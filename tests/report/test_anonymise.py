"""Names are gone, numbers stay."""

from __future__ import annotations

import json
from pathlib import Path

from pysysdig.report.anonymise import anonymised
from tests.report.made import document_of, table


def test_names_are_gone(root: Path) -> None:
    document = document_of(root / "captures" / "demo.scap")
    made = anonymised(document)
    text = json.dumps({k: v for k, v in made.items() if k not in ("tiles",)})
    names = {row[-1] for view in ("procs", "files", "spy_users") for row in table(document, view)["rows"]}
    assert len(names) > 20
    assert not [name for name in names if len(name) > 3 and json.dumps(name)[1:-1] in text]
    assert "demo.scap" not in text and "box" not in text
    before, after = table(document, "files")["rows"], table(made, "files")["rows"]
    assert [row[:-1] for row in before] == [row[:-1] for row in after]
    assert len({row[-1] for row in after}) == len({row[-1] for row in before})
