"""What a finding is."""

from __future__ import annotations

from pysysdig.workbench.lint.model import BY_CODE, CODES, LEVELS, Finding


def test_codes_are_numbered_and_described() -> None:
    assert [c.code for c in CODES] == [f"PS{n:03}" for n in range(1, 16)] and len(BY_CODE) == 15
    assert len({c.name for c in CODES}) == 15 and all(c.level in LEVELS and c.short and c.help for c in CODES)


def test_places_are_counted_from_one_in_characters() -> None:
    assert Finding("PS001", "note", "", "f", "ä\nüb\n", 3, 4).lines() == (2, 2, 2, 3)
