"""Parameters by name."""

from __future__ import annotations

from pathlib import Path

import pysysdig


def test_the_map_has_what_the_fields_give(root: Path) -> None:
    names = ("name", "flags", "fd", "res", "size", "path")
    trace = pysysdig.open(root / "captures" / "demo.scap")
    seen = 0
    for row in trace.select("evt.arg", *(f"evt.arg.{n}" for n in names)).rows():
        for name, value in zip(names, row[1:]):
            assert row[0].get(name) == value
            seen += value is not None
    assert seen > 500


def test_of_two_of_one_name_the_first_counts(root: Path) -> None:
    for (arguments,) in pysysdig.open(root / "captures" / "demo.scap").select("evt.arg").rows():
        assert len(arguments) == len(set(arguments))
