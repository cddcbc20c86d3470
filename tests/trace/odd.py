"""Decoded values as damage or malice would have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (-1, 2, 1 << 40, 1 << 64, "", "x", b"", b"1234", None, [], [[]], {}, {"a": 1}, True, 0.5)


def variants(value: Any) -> Iterator[Any]:
    """The value with one thing in it, however deep, in every odd way."""
    yield from ODD
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in variants(inner))
            yield {k: v for k, v in value.items() if k != key}
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in variants(inner))
        yield [*value, *value]
