"""Spans of time."""

from __future__ import annotations

import pytest

from pysysdig.errors import UsageError
from pysysdig.rules.durations import seconds


@pytest.mark.parametrize(
    ("text", "want"), [("1h30m", 5400), ("100ms", 0.1), ("1y2w3d4h5m6s7ms", 33019506.007), ("0s", 0), ("10s", 10)]
)
def test_what_they_are(text: str, want: float) -> None:
    assert seconds(text, "x") == pytest.approx(want)


@pytest.mark.parametrize("text", ["", "5", "m5", "1m1h", "1.5h", "-1s", "1 h", "9999999999s"])
def test_what_they_are_not(text: str) -> None:
    with pytest.raises(UsageError, match="configuration: x is"):
        seconds(text, "x")
