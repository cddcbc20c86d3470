"""Recipes say the same as makers: events made natively are those that numpy makes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from pysysdig.capture import encode
from pysysdig.capture.calls import NUMBERS, PLANS
from pysysdig.capture.exits import exit_events
from pysysdig.capture.recipes import FIELD, OPEN, SECTION, WORD, Recipe, recipe_of
from pysysdig.capture.record import ENTER, EXIT, FAULT, FOREIGN_EXIT, PROCEXIT, SIGNAL, SWITCH
from pysysdig.speed import native
from tests.capture.records import record

OTHERS = (PROCEXIT, SWITCH, SIGNAL, FAULT)
EDGES = (0, 1, 3, 0x41, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1)


def _section(r: random.Random) -> bytes:
    words = (b"", b"\0", b"/etc/passwd\0", b"a\0bc\0\0", b"no end", b"x" * 5000)
    return r.choice(words) if r.random() < 0.5 else r.randbytes(r.choice((1, 8, 15, 16, 24, 64, 160, 184, 300)))


def _records(r: random.Random, *, exits: bool) -> tuple[np.ndarray, np.ndarray]:
    """One to three of every kind, in any order."""
    plans = exit_events().calls if exits else PLANS
    made: list[bytes] = []
    for number, call in plans.items():
        for kind, operations in ((ENTER, call.enter_ops), (EXIT, call.exit_ops)):
            for _ in range(0 if exits and kind == ENTER else r.randint(1, 3)):
                sections = [_section(r) for _ in operations]
                args = [r.choice(EDGES) if r.random() < 0.5 else r.getrandbits(64) for _ in range(6)]
                made.append(record(kind, number, sections, args, r.choice((-22, 0, 1, 5)), tid=r.randint(1, 9), ts=len(made)))
    for kind in (*OTHERS, FOREIGN_EXIT):
        made.append(record(kind, 102 if kind == FOREIGN_EXIT else 0, [], [r.getrandbits(16) for _ in range(6)]))
    r.shuffle(made)
    ends = np.cumsum([len(m) for m in made])
    return np.frombuffer(b"".join(made) + bytes(8), np.uint8), np.concatenate(([0], ends[:-1])).astype(np.int64)


@pytest.mark.skipif(native is None, reason="the native extension is not there")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("exits", [False, True])
def test_native_events_are_those_of_numpy(seed: int, exits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, at = _records(random.Random(seed), exits=exits)
    only = exit_events() if exits else None
    made = encode.encode(raw, at, 1_000_000_007, only)
    monkeypatch.setattr(encode, "native", None)
    expected = encode.encode(raw, at, 1_000_000_007, only)
    assert [m.tolist() for m in made[1:]] == [e.tolist() for e in expected[1:]]
    buffer, off = expected[0], [*expected[1].tolist(), len(expected[0])]
    for begin, end in zip(off, off[1:]):
        assert made[0][begin:end].tobytes() == buffer[begin:end].tobytes()
    assert len(made[0]) == len(buffer) and len(off) > 300


@pytest.mark.skipif(native is None, reason="the native extension is not there")
def test_what_does_not_fit_is_refused() -> None:
    assert native is not None
    raw = np.frombuffer(record(EXIT, 0, [b"four"], [1] * 6), np.uint8)
    good = Recipe(SECTION, 0)
    zero = np.zeros(1, np.int64)

    def sizes(recipe: Recipe, at: int = 0, group: int = 0, first: tuple[int, int] = (0, 1)) -> int:
        out = np.zeros(1, np.int64)
        numbers = np.array([n - (1 << 64) if n >> 63 > 0 else n for n in recipe], np.int64)
        where = np.array([group], np.int32), np.zeros(1, np.int32), np.array(first, np.int64)
        native.record_sizes(raw, np.zeros(8, np.uint8), np.array([at], np.int64), *where, numbers, np.zeros(2, np.int64), out)
        return int(out[0])

    assert sizes(good) == 26 + 2 + 4 and sizes(good, group=-1) == 0
    bad = [
        good._replace(a=6), good._replace(a=-1), good._replace(b=-1), Recipe(99), Recipe(WORD, 10, 8, size=8),
        Recipe(WORD, 1, 3, size=8), Recipe(FIELD, 0, -1, 4, size=4), Recipe(FIELD, 0, 0, 9, size=4),
        Recipe(OPEN, 3, 0, 2, size=4), Recipe(11, 8, size=8), Recipe(11, -1, size=8), Recipe(12, 0, 1 << 40), Recipe(12, 4, 4),
    ]  # fmt: skip
    for recipe in bad:
        with pytest.raises(IndexError):
            sizes(recipe)
    for at in (-1, 16, len(raw), 1 << 40):
        with pytest.raises(IndexError):
            sizes(good, at=at)
    for group, first in ((1, (0, 1)), (-2, (0, 1)), (0, (0, 2)), (0, (1, 0)), (0, (-1, 1))):
        with pytest.raises(IndexError):
            sizes(good, group=group, first=first)
    with pytest.raises(IndexError):  # no room
        native.record_events(
            raw, np.zeros(8, np.uint8), zero, np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([0, 1], np.int64),
            np.array(good, np.int64), zero, np.zeros(1, np.uint16), 0, zero, np.zeros(31, np.uint8),
        )  # fmt: skip


def test_most_parameters_have_a_recipe() -> None:
    for name in ("read", "write", "openat", "close", "newfstatat", "fcntl", "lseek", "mmap"):
        call = exit_events().calls[NUMBERS[name]]
        assert sum(recipe_of(make) is not None for make in call.exit) > len(call.exit) / 2, name
