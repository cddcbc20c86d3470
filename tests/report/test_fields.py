"""Fields of some events as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pysysdig.replay import replay
from pysysdig.report.fields import Fields
from pysysdig.sources.opening import open_any


def test_fields(root: Path) -> None:
    with open_any(str(root / "captures" / "demo.scap")) as capture:
        view, sel = next(iter(replay(capture.sections(), level=2)))
        events = Fields(view, sel, np.arange(len(sel)))
        opened = events.equal("evt.type", "openat")
        some = events.at(opened)
        assert 0 < len(some) == int(opened.sum())
        assert set(some.column("evt.type").tolist()) == {"openat"}
        assert events.rows[opened].tolist() == some.rows.tolist()
        library = some.begins("fd.name", "/lib/")
        assert [bool(n and n.startswith("/lib/")) for n in some.column("fd.name").tolist()] == library.tolist()
        values, known = events.numbers("evt.rawres")
        assert [v if ok else None for v, ok in zip(values.tolist(), known.tolist())] == events.column("evt.rawres").tolist()
