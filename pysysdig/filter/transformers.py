"""What the transformers do to values. Source: docs/reference/filter-language.md 8.

Strings are byte text, buffers bytes, lists tuples. None is a missing value.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, Union

from pysysdig.events.text import lower, upper

Text = Union[str, bytes]

_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def b64(value: Text) -> Text | None:
    """The decoded base64 text, of the same type as the input; None if it is not valid. Padding may be missing.

    A decoded string ends at its first NUL.
    """
    data = (value.encode("latin-1") if isinstance(value, str) else value).rstrip(b"\0")
    if data.endswith(b"="):
        data = data[:-2] if data.endswith(b"==") else data[:-1]
    rest = len(data) % 4
    if not _ALPHABET.issuperset(data) or rest == 1:
        return None
    decoded = a2b_base64(data + b"=" * (-len(data) % 4))
    if rest:  # the bits that the last character has too many must be zero
        last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(data[-1:])
        if last & (0b1111 if rest == 2 else 0b11):
            return None
    return decoded.decode("latin-1").partition("\0")[0] if isinstance(value, str) else decoded


def basename(value: str) -> str:
    """What follows the last slash."""
    return value[value.rfind("/") + 1 :]


SINGLE: dict[str, Callable[[Any], Any]] = {"tolower": lower, "toupper": upper, "b64": b64, "basename": basename, "len": len}


def join(separator: str, items: tuple[str, ...]) -> str:
    """The items with the separator between them."""
    return separator.join(items)


class OptionString:
    """A getopt(3) option string: `options` maps each letter to whether it takes a value."""

    __slots__ = ("options",)

    def __init__(self, text: str) -> None:
        self.options: dict[str, bool] = {}
        i = 0
        while i < len(text):
            c = text[i]
            i += 1
            if c != ":":
                takes = text[i : i + 1] == ":"
                self.options[c] = takes or self.options.get(c, False)
                i += takes


def getopt(argv: tuple[str, ...], spec: OptionString) -> list[tuple[str, str | None]]:
    """The short options in `argv` with their values (None: takes none), in order.

    Unknown letters give ("?", None); a value that is missing gives ("", None); long options are skipped; `--` and the
    first word that is no option end it.
    """
    out: list[tuple[str, str | None]] = []
    words = iter(argv)
    for word in words:
        if len(word) > 2 and word.startswith("--"):
            continue
        if len(word) < 2 or word[0] != "-" or word == "--":
            break
        for i, letter in enumerate(word[1:], 2):
            takes = spec.options.get(letter)
            if takes is None:
                out.append(("?", None))
            elif not takes:
                out.append((letter, None))
            else:
                value = word[i:] or next(words, None)
                out.append((letter, value) if value is not None else ("", letter))
                break
    return out


def getopt_list(argv: tuple[str, ...], spec: OptionString) -> tuple[str, ...]:
    """Letters and values, flat."""
    out: list[str] = []
    for letter, value in getopt(argv, spec):
        out.append(letter)
        if letter and value is not None:
            out.append(value)
    return tuple(out)


def getopt_one(argv: tuple[str, ...], spec: OptionString, wanted: str) -> str | None:
    """The value of the last option `wanted`: the letter itself if it takes none, "" if its value is missing."""
    found: str | None = None
    for letter, value in getopt(argv, spec):
        if letter == wanted and letter in spec.options:
            found = letter if value is None else value
        elif not letter and value == wanted:
            found = ""
    return found
