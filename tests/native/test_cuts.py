"""Text in buffers is made and told apart natively as in Python."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig import speed
from pysysdig.events.batch import EventBatch
from pysysdig.events.column import CutColumn
from pysysdig.events.spans import Spans

pytestmark = pytest.mark.skipif(speed.native is None, reason=f"the native extension is not used: {speed.missing}")


def column(rng: random.Random, n: int) -> CutColumn:
    """Spans of which many are equal, some for no bytes in the buffer, some for none at all."""
    alphabet = rng.choice((b"ab", b"a\0\x80\xff.", bytes(range(256))))
    buf = np.frombuffer(bytes(rng.choices(alphabet, k=rng.choice((60, 3000)))), np.uint8)
    start = np.array([rng.randrange(40) for _ in range(n)], np.int64)
    longest = rng.choice((2, 9, 20, len(buf) - 40))
    length = np.array([rng.randrange(longest + 1) for _ in range(n)], np.int64)
    cut = CutColumn(buf, start, length, dots=rng.random() < 0.5)
    cut.length[rng.sample(range(n), n // 4)] = CutColumn.MISSING
    rows = np.array(sorted(rng.sample(range(n), n // 3)), np.int64)
    return cut.replaced(rows, [rng.choice(("", "a", "ab", "<NA>", "\xe9")) for _ in rows])


@given(st.integers(0, 2**32))
def test_like_python(seed: int) -> None:
    rng = random.Random(seed)
    cut = column(rng, rng.choice((1, 2, 40, 400)))
    texts = cut.items_in_python()
    assert cut.items == texts
    assert cut.present().tolist() == [t is not None for t in texts]
    assert cut.filled("-").items == ["-" if t is None else t for t in texts]
    coded = cut.coded()
    assert coded.tolist() == texts
    assert len(set(coded.dictionary.values)) == len(coded.dictionary)


@given(st.integers(0, 2**32))
def test_texts_of_a_parameter(seed: int) -> None:
    rng = random.Random(seed)
    cut = column(rng, rng.choice((1, 2, 40, 400)))
    there = cut.length >= 0
    spans = Spans(np.where(there, cut.start, 1 << 62)[None], np.where(there, cut.length, -1)[None])
    batch = EventBatch(cut.buf, *(np.zeros(0, np.int64),) * 2, np.zeros(0, np.uint16))
    texts = batch.texts(spans, 0)
    assert batch.text_codes(spans, 0).tolist() == texts
    assert batch.text_codes(spans, 1).tolist() == [None] * len(texts)


@pytest.mark.parametrize("start, length", [(-1, 1), (5, 1), (4, 2), (0, 6), (2**62, 2**62), (0, 2**63 - 1)])
def test_what_is_not_in_the_buffer(start: int, length: int) -> None:
    cut = CutColumn(np.zeros(5, np.uint8), np.array([0, start]), np.array([5, length]))
    with pytest.raises(IndexError, match="text 1 is not in the buffer"):
        cut.items  # noqa: B018
    with pytest.raises(IndexError, match="text 1 is not in the buffer"):
        cut.coded()


def test_a_text_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        CutColumn(np.zeros(1, np.uint8), np.array([1]), np.array([-1]), texts=["only one"]).items  # noqa: B018
