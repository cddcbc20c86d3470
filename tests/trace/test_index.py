"""Which frames may hold what a filter accepts: never one too few, and none where the meta rules it out."""

from __future__ import annotations

from typing import Any

import pytest

from pysysdig.events.table import CURRENT, TYPES
from pysysdig.filter import compile_filter
from pysysdig.trace.index import fd_matcher, matcher
from tests.trace.odd import variants

OPEN, CLOSE = TYPES["SYSCALL_OPENAT_2_X"], TYPES["SYSCALL_CLOSE_X"]
SECOND = 1_000_000_000
META = {
    "kinds": [CLOSE, OPEN], "calls": [], "names": ["cat", "dog"], "num": [101, 200], "ts": [10 * SECOND, 20 * SECOND],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("evt.type=openat", True),
        ("evt.type=execve", False),
        ("evt.type in (execve, close)", True),
        ("not evt.type=execve", True),
        ("not evt.type in (openat, close)", False),
        ("proc.name=cat", True),
        ("proc.name=mouse", False),
        ("proc.name=mouse and evt.type=openat", False),
        ("proc.name=mouse or evt.type=openat", True),
        ("proc.name contains a", True),
        ("evt.num=150", True),
        ("evt.num=99", False),
        ("evt.num>200", False),
        ("evt.num>=200", True),
        ("not evt.num>200", True),
        ("not evt.num>100", False),
        ("evt.rawtime.s<10", False),
        ("evt.reltime.s=4", False),
        ("evt.reltime.s=5", True),
        ("fd.name=/etc/passwd", True),
        ("evt.cpu=7", True),
    ],
)
def test_verdicts(text: str, may: bool) -> None:
    """evt.reltime counts from the first event of the stream, here 5 s."""
    assert matcher(compile_filter(text, CURRENT), 5 * SECOND)(META) is may


def test_frames_that_say_less_are_looked_at() -> None:
    """Too many names, unknown calls: nothing is ruled out."""
    assert matcher(compile_filter("proc.name=mouse", CURRENT))({**META, "names": None})
    generic = {**META, "kinds": [TYPES["GENERIC_X"]]}
    assert matcher(compile_filter("evt.type=sched_getparam", CURRENT))({**generic, "calls": None})
    assert not matcher(compile_filter("evt.type=sched_getparam", CURRENT))(generic)


@pytest.mark.parametrize(
    ("text", "names", "may"),
    [
        ("fd.name=/a and evt.type=openat", ["/a", "/b"], True),
        ("fd.name=/a and evt.type=openat", ["/b"], False),
        ("fd.name startswith /a", ["/abc"], True),
        ("fd.name startswith /a and fd.name endswith c", ["/ab", "/c"], False),  # no one is both
        ("fd.name startswith /a and fd.name endswith c", ["/b", "/abc"], True),
    ],
)
def test_names_of_descriptors(text: str, names: list[str], may: bool) -> None:
    told = fd_matcher(compile_filter(text, CURRENT))
    assert told is not None and told(names) is may


@pytest.mark.parametrize("text", ["evt.type=openat", "fd.name=/a or evt.num=1", "not fd.name=/a"])
def test_filters_that_accept_events_without_descriptors(text: str) -> None:
    assert fd_matcher(compile_filter(text, CURRENT)) is None


def test_a_meta_that_makes_no_sense_is_told() -> None:
    judge: Any = matcher(compile_filter("proc.name=cat and evt.num=150 and evt.type=openat", CURRENT))
    told = 0
    for odd in variants(META):
        if not isinstance(odd, dict):
            continue
        try:
            judge(odd)
        except ValueError:
            told += 1
    assert told > 50
