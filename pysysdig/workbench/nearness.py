"""Values that a constant was perhaps meant for: "did you mean `/etc/ld.so.cache`?"."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST = 4  # characters: of shorter texts every other one is one character away
_KERNEL = 15  # bytes of a process name that the kernel keeps


def near(value: str, constant: str) -> bool:
    """Whether they differ in a way in which people err: case, a slash at the end, the folder, the kernel's 15 bytes, one
    character."""
    if not value or not constant or value == constant:
        return False
    if value.lower() == constant.lower() or value.rstrip("/") == constant.rstrip("/"):
        return True
    if len(constant) > _KERNEL and value == constant[:_KERNEL]:
        return True
    if "/" in constant and "/" in value:
        name = constant.rpartition("/")[2]
        if len(name) >= _SHORTEST and name == value.rpartition("/")[2]:
            return True
    return min(len(value), len(constant)) >= _SHORTEST and one_apart(value, constant)


def one_apart(a: str, b: str) -> bool:
    """Whether one character more, less, other or two of them exchanged makes one text of the other."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    if len(a) > len(b):
        return a[start + 1 :] == b[start:]
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    exchanged = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    return exchanged or a[start + 1 :] == b[start + 1 :]


def nearest(value: str, constants: Iterable[str]) -> str:
    """The first of the constants that the value is near to, "" if there is none."""
    return next((constant for constant in constants if near(value, constant)), "")
