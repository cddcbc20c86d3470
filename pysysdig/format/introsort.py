"""Introspective sort, step for step as GNU's C++ library does it.

It is not stable, and sysdig's tables show the order in which it leaves equal rows: median of three, unguarded
partition, heap sort below a depth of 2 log2 n, insertion sort for runs of up to 16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_RUN = 16


def introsort(a: list[T], less: Callable[[T, T], bool]) -> None:
    """Sort in place; `less(x, y)`: x belongs before y."""
    n = len(a)
    _quick(a, 0, n, 2 * max(n.bit_length() - 1, 0), less)
    for i in range(1, min(n, _RUN)):
        if less(a[i], a[0]):
            a.insert(0, a.pop(i))
        else:
            _sink(a, i, less)
    for i in range(_RUN, n):
        _sink(a, i, less)


def _sink(a: list[T], i: int, less: Callable[[T, T], bool]) -> None:
    """Move a[i] left to its place; something to its left is known to stop it."""
    value = a[i]
    j = i
    while less(value, a[j - 1]):
        a[j] = a[j - 1]
        j -= 1
    a[j] = value


def _quick(a: list[T], first: int, last: int, depth: int, less: Callable[[T, T], bool]) -> None:
    while last - first > _RUN:
        if depth == 0:
            part = a[first:last]
            _heap_sort(part, less)
            a[first:last] = part
            return
        depth -= 1
        _median_first(a, first, first + 1, first + (last - first) // 2, last - 1, less)
        cut = _partition(a, first + 1, last, a[first], less)
        _quick(a, cut, last, depth, less)
        last = cut


def _median_first(a: list[T], to: int, x: int, y: int, z: int, less: Callable[[T, T], bool]) -> None:
    if less(a[x], a[y]):
        best = y if less(a[y], a[z]) else z if less(a[x], a[z]) else x
    else:
        best = x if less(a[x], a[z]) else z if less(a[y], a[z]) else y
    a[to], a[best] = a[best], a[to]


def _partition(a: list[T], left: int, right: int, pivot: T, less: Callable[[T, T], bool]) -> int:
    while True:
        while less(a[left], pivot):
            left += 1
        right -= 1
        while less(pivot, a[right]):
            right -= 1
        if left >= right:
            return left
        a[left], a[right] = a[right], a[left]
        left += 1


def _heap_sort(a: list[T], less: Callable[[T, T], bool]) -> None:
    n = len(a)
    for parent in range((n - 2) // 2, -1, -1):
        _push_down(a, parent, n, a[parent], less)
    for end in range(n - 1, 0, -1):
        value = a[end]
        a[end] = a[0]
        _push_down(a, 0, end, value, less)


def _push_down(a: list[Any], hole: int, n: int, value: Any, less: Callable[[Any, Any], bool]) -> None:
    """Drop the hole to a leaf along the larger children, then lift `value` from there."""
    top = hole
    child = hole
    while child < (n - 1) // 2:
        child = 2 * (child + 1)
        if less(a[child], a[child - 1]):
            child -= 1
        a[hole] = a[child]
        hole = child
    if n % 2 == 0 and child == (n - 2) // 2:
        child = 2 * (child + 1)
        a[hole] = a[child - 1]
        hole = child - 1
    parent = (hole - 1) // 2
    while hole > top and less(a[parent], value):
        a[hole] = a[parent]
        hole = parent
        parent = (hole - 1) // 2
    a[hole] = value
