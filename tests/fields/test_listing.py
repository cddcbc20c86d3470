"""The fields that lists show."""

from __future__ import annotations

from pysysdig.fields.listing import CLASSES, listed
from pysysdig.fields.registry import REGISTRY


def test_what_is_listed() -> None:
    """By class, in order; nothing that is deprecated or for views only."""
    found = listed()
    assert list(found) == [name for name in CLASSES if name in found] and all(found.values())
    names = {field.name for fields in found.values() for field in fields}
    assert {"proc.name", "fd.name", "evt.type", "container.id"} <= names
    hidden = {
        f.name for f in REGISTRY.values() if {"TABLE_ONLY", "DEPRECATED"} & set(f.by_version.get("libs_0_15_1", ("", "", ()))[2])
    }
    assert len(hidden) > 10 and not hidden & names
    assert all(field.cls == cls for cls, fields in found.items() for field in fields)
