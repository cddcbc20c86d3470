"""`pysysdig rules extract`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Call, Result

RULES = """
- rule: Cache
  desc: d
  condition: evt.type=openat and fd.name=/etc/ld.so.cache and proc.name in (cat, sort)
  output: "%evt.num"
  priority: INFO
"""


@pytest.fixture
def extract(call_cli: Call, root: Path, tmp_path: Path) -> Callable[..., Result]:
    """extract(events, *more arguments) from the demo."""
    (tmp_path / "rules.yaml").write_text(RULES)
    demo = root / "captures" / "demo.scap"
    return lambda events, *more: call_cli(
        "rules", "extract", "-r", demo, "--rules", tmp_path / "rules.yaml", "--event", events, *more
    )


def test_the_test_passes_and_expects_the_alerts_of_the_trace(
    extract: Callable[..., Result], call_cli: Call, root: Path, tmp_path: Path
) -> None:
    alerts = call_cli("-r", root / "captures" / "demo.scap", "--rules", tmp_path / "rules.yaml").stdout.decode().splitlines()
    numbers = [line.rpartition(" ")[2] for line in alerts if "Informational" in line]
    assert len(numbers) == 2
    path = tmp_path / "made_test.yaml"
    result = extract(",".join(numbers), "--output", path, "--name", "what: happened")
    assert (result.returncode, result.stderr) == (0, b"")
    text = path.read_text()
    assert text.count("[Cache]") == 2 and '"what: happened"' in text and "rules: [rules.yaml]" in text
    assert call_cli("rules", "test", path).returncode == 0


def test_to_standard_output(extract: Callable[..., Result]) -> None:
    assert extract("300").stdout.startswith(b"version: 1\nrules: ")


@pytest.mark.parametrize(("events", "message"), [("99999", b"see no event 99999"), ("x", b"--event is"), ("5-2", b"--event is")])
def test_what_cannot_be_done_is_2(extract: Callable[..., Result], events: str, message: bytes) -> None:
    result = extract(events)
    assert result.returncode == 2 and message in result.stderr
