"""`pysysdig rules explain`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

RULES = """
- rule: Typo
  desc: d
  condition: evt.type in (open, openat) and fd.name pmatch (/etc/ld.so.cach)
  output: o
  priority: WARNING
- rule: Off
  desc: d
  condition: evt.type=openat
  output: o
  priority: INFO
  enabled: false
"""


@pytest.fixture
def ask(call_cli: Callable[..., Result], root: Path, tmp_path: Path) -> Callable[..., Result]:
    """ask(*more arguments): explain on the demo."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return lambda *more: call_cli(
        "rules", "explain", "--rules", tmp_path / "rules.yaml", "-r", root / "captures" / "demo.scap", *more
    )


def test_a_typo_is_found(ask: Callable[..., Result]) -> None:
    result = ask("--rule", "Typo")
    assert result.returncode == 0 and b"did you mean /etc/ld.so.cache? (8 events" in result.stdout


def test_one_event(ask: Callable[..., Result]) -> None:
    whole = json.loads(ask("--rule", "Typo", "-j").stdout)
    number = whole["nearest"][0]["first"]
    found = json.loads(ask("--rule", "Typo", "-j", "--event", number).stdout)
    assert (found["event"]["num"], found["status"]) == (number, "false")
    time = found["event"]["time"]
    again = json.loads(ask("--rule", "Typo", "-j", "--time", time).stdout)
    assert again["event"] == found["event"]


def test_a_filter_chooses_the_events(ask: Callable[..., Result]) -> None:
    result = ask("--rule", "Typo", "-j", "--near", 2, "evt.type=openat and fd.name=/etc/ld.so.cache")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == 2 and {f["event"]["type"] for f in found} == {"openat"}


def test_not_loaded(ask: Callable[..., Result]) -> None:
    assert b"Off  not loaded: it is switched off in its file" in ask("--rule", "Off").stdout


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--rule", "Typa"), b"did you mean Typo"),
        ((), b"which rule?"),
        (("--rule", "Typo", "--event", "999999"), b"rules see no event 999999; the nearest "),
        (("--rule", "Typo", "--time", "99"), b"no event is at 99"),
        (("--rule", "Typo", "evt.typ=x"), b"evt.typ"),
    ],
)
def test_what_cannot_be_answered_is_status_2(ask: Callable[..., Result], more: tuple[str, ...], message: bytes) -> None:
    result = ask(*more)
    assert result.returncode == 2 and message in result.stderr


def test_a_trace_is_needed(call_cli: Callable[..., Result]) -> None:
    assert call_cli("rules", "explain", "--rule", "x").returncode == 2
