"""Different values of arrays, with and without sorting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysysdig.events.arrays import among, unique, unique_ends, unique_first, unique_inverse

DTYPES = ("i1", "u1", "u2", "i4", "i8", "u8")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 1000])
@given(data=st.data())
def test_the_different_values_are_found_whatever_lies_between_them(dtype: str, count: int, data: st.DataObject) -> None:
    info = np.iinfo(dtype)
    low = data.draw(st.integers(info.min, info.max))
    high = data.draw(st.integers(low, min(info.max, low + data.draw(st.sampled_from([0, 9, 5000, 1 << 62])))))
    values = np.random.default_rng(data.draw(st.integers(0, 99))).integers(low, high, count, dtype=dtype, endpoint=True)
    expected, positions = np.unique(values, return_inverse=True)
    found, index = unique_inverse(values)
    assert found.dtype == values.dtype
    assert found.tolist() == unique(values).tolist() == expected.tolist()
    assert index.tolist() == positions.tolist()
    firsts = np.unique(values, return_index=True)[1].tolist()
    lasts = [len(values) - 1 - i for i in np.unique(values[::-1], return_index=True)[1].tolist()]
    assert [column.tolist() for column in unique_ends(values)] == [expected.tolist(), firsts, lasts]
    assert unique_first(values)[1].tolist() == firsts


@given(st.lists(st.integers(0, 40), max_size=50), st.lists(st.integers(0, 1 << 15), max_size=5))
def test_among(values: list[int], few: list[int]) -> None:
    assert among(np.array(values, np.uint16), few).tolist() == [v in few for v in values]
