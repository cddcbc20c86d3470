"""Vectors that are mostly what one expects: only the exceptions are stored, as [positions: column, values: column, count]."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pysysdig.trace.arrays import Column, pack
from pysysdig.trace.frames import Blobs, Body
from pysysdig.trace.values import listed

Ints = npt.NDArray[np.int64]


def store(actual: npt.NDArray[Any], expected: npt.NDArray[Any], blobs: Blobs) -> Any:
    """Where `actual` differs from `expected` (same shape), and what it is there; None if it does not."""
    at = np.flatnonzero(actual != expected)
    if not len(at):
        return None
    values = actual[at]
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    return [pack(at, blobs, delta=True), pack(values, blobs), len(at)]


def apply(spec: Any, expected: npt.NDArray[Any], body: Body, where: tuple[str, int]) -> npt.NDArray[Any]:
    """The inverse; changes and returns `expected`. Raises CaptureError, ValueError."""
    if spec is None:
        return expected
    positions, values, count = listed(spec, 3)
    n = len(expected)
    if type(count) is not int or not 0 <= count <= n:
        raise ValueError
    at = Column(positions, count, "i8", body, where).values()
    if count and (int(at.min()) < 0 or int(at.max()) >= n):
        raise ValueError
    dtype = expected.dtype if expected.dtype != np.bool_ else np.dtype(np.uint8)
    expected[at] = Column(values, count, dtype, body, where).values()
    return expected
