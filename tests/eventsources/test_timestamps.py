"""Times of RFC 3339."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.eventsources.timestamps import nanoseconds


@pytest.mark.parametrize(
    ("stamp", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
        ("2023-11-14t22:13:20.1234567891z", 1_700_000_000_123_456_789),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000_000_000_000),
        ("2023-11-14T18:43:20.000001-03:30", 1_700_000_000_000_001_000),
    ],
)
def test_times(stamp: str, ns: int) -> None:
    assert nanoseconds(stamp) == ns


@pytest.mark.parametrize("stamp", [None, 5, "", "now", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-01-01T00:61:00Z"])
def test_what_is_no_time(stamp: Any) -> None:
    with pytest.raises(ValueError, match="^not a time of RFC 3339$"):
        nanoseconds(stamp)


def test_what_is_too_early() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        nanoseconds("1969-12-31T23:59:59Z")
