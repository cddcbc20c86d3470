"""A small sample of tests/fuzz_scap.py, always the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.scap import blocks
from pysysdig.scap.reader import open_capture
from tests import fuzz_scap as fuzz
from tests import fuzz_seeds


@pytest.fixture(scope="module")
def seeds(root: Path) -> list[bytes]:
    return fuzz_seeds.synthetic() + fuzz_seeds.recorded(root / "captures")


def test_undamaged(seeds: list[bytes], tmp_path: Path) -> None:
    for data in seeds:
        (tmp_path / "a.scap").write_bytes(data)
        with open_capture(str(tmp_path / "a.scap")) as capture:
            events = sum(len(batch) for batch in capture.batches())
        assert events == sum(kind in blocks.EVENTS for kind, _ in fuzz_seeds.split(data))


@pytest.mark.parametrize(("target", "count"), [("reader", 250), ("engine", 60)])
def test_damaged(seeds: list[bytes], target: str, count: int, capfd: pytest.CaptureFixture[str]) -> None:
    for number, data, rng in fuzz.variants(1, count, seeds):
        why = fuzz.attempt(fuzz.TARGETS[target], data, rng)
        assert not why, f"variant {number}: {why}"


def test_damaged_traces(seeds: list[bytes], capfd: pytest.CaptureFixture[str]) -> None:
    """Our own format, most of them with checksums that are right."""
    made = fuzz_seeds.traces(seeds)
    assert len(made) > 4 and all(data.startswith(fuzz_seeds.TRACE) for data in made)
    for number, data, rng in fuzz.variants(1, 80, made):
        why = fuzz.attempt(fuzz.TARGETS["engine"], data, rng)
        assert not why, f"variant {number}: {why}"
