"""Array helpers. numpy's own `unique` imports numpy.ma on its first call, which costs a fifth of our start-up."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def _sorted(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """(sorted values, stable order, where a new value starts)."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    new = np.ones(len(ranked), bool)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    return ranked, order, new


def unique(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different values of a one-dimensional array, ascending."""
    ranked, _, new = _sorted(values)
    return ranked[new]


def unique_inverse(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """(different values ascending, int64 index into them for each of `values`)."""
    ranked, order, new = _sorted(values)
    inverse = np.empty(len(values), np.int64)
    inverse[order] = np.cumsum(new) - 1
    return ranked[new], inverse


def unique_first(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """(different values ascending, position of the first occurrence of each)."""
    ranked, order, new = _sorted(values)
    return ranked[new], order[new]
