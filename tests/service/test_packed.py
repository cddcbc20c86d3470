"""Alerts as bytes and back."""

from __future__ import annotations

import pytest

from pysysdig.service.packed import packed, unpacked
from tests.service.test_spool import item


def test_there_and_back() -> None:
    assert unpacked(packed(item(1))) == item(1)


def test_values_that_msgpack_does_not_know() -> None:
    alert, line = item(1)
    found = unpacked(packed((alert._replace(fields={"n": 10**40}), line)))
    assert found is not None and found[0].fields == {"n": str(10**40)}


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x01", b"\x92\x90\xc4\x00", packed(item(1))[:-1]])
def test_damaged_ones(body: bytes) -> None:
    assert unpacked(body) is None
