"""Reports of captures, for the tests of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pysysdig.events.table import CURRENT
from pysysdig.replay import Wanted, replay
from pysysdig.report.collect import Collector
from pysysdig.report.document import About, document
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.views.feed import LEVEL


def data_of(path: Path, filter_text: str = "") -> dict[str, Any]:
    """What a collector has of the first section of a capture."""
    with open_any(str(path)) as capture:
        section = next(iter(capture.sections()))
        collector = Collector(section.generation, filter_text)
        for view, shown in replay([section], level=LEVEL):
            collector.add(view, shown)
        return collector.close()
    raise AssertionError("no section")


def document_of(path: Path) -> dict[str, Any]:
    """A document without alerts."""
    return document(About(path.name, "box", "", "pysysdig", []), data_of(path))


def table(data: dict[str, Any], view: str) -> dict[str, Any]:
    """One of the tables."""
    found: dict[str, Any] = next(t for t in data["tables"] if t["view"] == view)
    return found


def seen_by_rules(path: Path, filter_text: str) -> list[int]:
    """Numbers, as rules count, of the events that pass a filter."""
    with open_any(str(path)) as capture:
        stream = replay(converted(capture.sections()), Wanted(filter_text, CURRENT), level=LEVEL)
        return [number for view, sel in stream for number in view.batch.num_of(sel).tolist()]
