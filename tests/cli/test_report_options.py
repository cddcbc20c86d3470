"""--report and what goes with it."""

from __future__ import annotations

import pytest

from pysysdig.cli.job import build
from pysysdig.errors import UsageError


def test_settings() -> None:
    job = build(["-r", "a", "--report", "b.html", "--report-anonymise", "--against", "c"])
    assert job.report == ("b.html", "c", True)


@pytest.mark.parametrize("other", [["-S"], ["--view", "procs"], ["-w", "x"], ["-c", "ps"], ["--explain", "x"]])
def test_a_report_stands_alone(other: list[str]) -> None:
    with pytest.raises(UsageError, match="--report stands alone"):
        build(["-r", "a", "--report", "b.html", *other])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report-anonymise"], "--report-anonymise is for --report"),
        (["--against", "b"], "--against is for --report, which wants a file, and for --ui"),
    ],
)
def test_what_needs_a_report(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build(["-r", "a", *words])
