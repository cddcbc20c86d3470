"""Lines are put together natively as in Python."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.column import CutColumn
from pysysdig.render import pieces

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


def text(rng: random.Random) -> str:
    size = rng.choice((0, 1, 2, 3, 5, 8, 17, 40))
    return "".join(map(chr, rng.choices(range(256) if rng.random() < 0.3 else range(32, 127), k=size)))


def piece(rng: random.Random, n: int) -> pieces.Piece:
    which = rng.randrange(4)
    some = [text(rng) for _ in range(rng.randrange(1, 5))]
    if which == 0:
        return some[0]
    if which == 1:
        return pieces.Coded(np.array(rng.choices(range(len(some)), k=n), np.int64), some)
    if which == 2:
        return [rng.choice(some) for _ in range(n)]
    buf = np.frombuffer(rng.randbytes(200), np.uint8)
    start, length = (np.array([rng.randrange(100) for _ in range(n)], np.int64) for _ in range(2))
    if rng.random() < 0.3:  # as rows of groups of events are
        start, length = (np.stack([a, a], axis=1)[:, 0] for a in (start, length))
    cut = CutColumn(buf, start, length, dots=rng.random() < 0.5)
    rows = np.array(sorted(rng.sample(range(n), rng.randrange(n + 1))), np.int64)
    return cut.replaced(rows, [text(rng) for _ in rows])


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.choice((1, 2, 30))
    some = [piece(rng, n) for _ in range(rng.randrange(1, 7))]
    cut = pieces.cut(some, n).items
    whole = pieces.assemble(some, n)
    with patch.object(pieces, "native", None):
        assert cut == pieces.lines(some, n) and whole == pieces.assemble(some, n)


@given(st.integers(0, 2**32))
def test_text_ends(seed: int) -> None:
    rng = random.Random(seed)
    texts = [rng.choice((b"", b"/a", b"a/b", b"(NULL)", b"(NULL)x", b"/\x80", b"\0", b"/abc\0d", b"/12345")) for _ in range(6)]
    buf = np.frombuffer(b"".join(texts) + b"?", np.uint8)
    sizes = np.array([len(t) for t in texts], np.int64)
    start = np.cumsum(sizes) - sizes
    size, kinds = np.empty(6, np.int64), np.empty(6, np.uint8)
    seen = speed.native.text_ends(buf, start, sizes, 5, size, kinds)  # type: ignore[union-attr]
    want = []
    for t in texts:
        c = t.split(b"\0")[0]
        odd = len(c) > 5 or not all(32 <= b <= 126 for b in c)
        want.append((len(c), 1 if not t or c == b"(NULL)" else 2 * (c[:1] != b"/") + 4 * odd))
    assert list(zip(size.tolist(), kinds.tolist())) == want
    assert seen == int(np.bitwise_or.reduce(kinds))


def test_arguments() -> None:
    native: Any = speed.native
    one, buf = np.zeros(1, np.int64), np.zeros(4, np.uint8)
    good: tuple[Any, ...] = (buf, one, one + 4, False, [])
    assert native.join([good], 1, None) == bytes(4)
    for start, length in ((1, 4), (-1, 2), (1 << 62, 1), (0, 1 << 62), (5, 0), (0, -1)):
        with pytest.raises(IndexError):
            native.join([(buf, one + start, one + length, False, [])], 1, None)
    for code in (-1, 1, 1 << 62):
        with pytest.raises(IndexError):
            native.join([(one + code, ["a"])], 1, None)
    for wrong in (
        1,
        (1,),
        (one, "a"),
        (one.astype(np.int32), ["a"]),
        (np.zeros(2, np.int64), ["a"]),
        ["a", "b"],
        [1],
        ["\u0100"],
        None,
    ):
        with pytest.raises((TypeError, ValueError, UnicodeError)):
            native.join([wrong], 1, None)
    with pytest.raises(ValueError):
        native.join(["a"] * 1025, 1, None)
    with pytest.raises(ValueError):
        native.join(["a"], 2, one)
    with pytest.raises(IndexError):
        native.text_ends(buf, one + 1, one + 4, 1, one.copy(), np.zeros(1, np.uint8))
