"""What records of a source look like, for those that people write by hand: a misspelt key is a mistake there, not an event that
lacks what it should have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

TEXT, WHOLE, OBJECT, ANY = "a text", "a whole number", "a mapping", "anything"
OTHERS = "*"  # a key of a mapping: all that it has not

Shape = str | tuple["Shape"] | Mapping[str, "Shape"]
"""TEXT, WHOLE, OBJECT (a mapping of anything) or ANY; (shape,): a list of such; a mapping: what its keys hold."""


class Mistake(NamedTuple):
    """Where a record is not what it has to be.

    path   the keys and the indices that lead there
    wanted what it has to be, "" if its last key is none
    known  the keys that there are in place of an unknown one
    """

    path: tuple[str | int, ...]
    wanted: str
    known: tuple[str, ...] = ()


def mistake(shape: Shape, value: Any, path: tuple[str | int, ...] = ()) -> Mistake | None:
    """The first mistake in a value from JSON; null may stand anywhere."""
    if value is None or shape == ANY:
        return None
    if isinstance(shape, str):
        fits = {TEXT: str, WHOLE: int, OBJECT: dict}[shape]
        return None if isinstance(value, fits) and not (fits is int and isinstance(value, bool)) else Mistake(path, shape)
    if isinstance(shape, tuple):
        if not isinstance(value, list):
            return Mistake(path, "a list")
        return next(filter(None, (mistake(shape[0], item, (*path, i)) for i, item in enumerate(value))), None)
    if not isinstance(value, dict):
        return Mistake(path, OBJECT)
    for key, item in value.items():
        if key not in shape and OTHERS not in shape:
            return Mistake((*path, key), "", tuple(shape))
        if found := mistake(shape.get(key) or shape[OTHERS], item, (*path, key)):
            return found
    return None
