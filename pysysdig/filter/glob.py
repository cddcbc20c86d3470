"""fnmatch(3) with no flags (`glob`) and with FNM_CASEFOLD (`iglob`), on byte text, in the C locale; `pmatch`, by components.

Between two `*` every element of a pattern matches exactly one character, so looking for the pieces from left to right
is enough: no backtracking, however many `*` there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pysysdig.events.text import lower, upper

_CLASSES: dict[str, Callable[[int], bool]] = {
    "alnum": lambda c: chr(c).isalnum(),
    "alpha": lambda c: chr(c).isalpha(),
    "blank": lambda c: c in (9, 32),
    "cntrl": lambda c: c < 32 or c == 127,
    "digit": lambda c: 48 <= c <= 57,
    "graph": lambda c: 33 <= c <= 126,
    "lower": lambda c: 97 <= c <= 122,
    "print": lambda c: 32 <= c <= 126,
    "punct": lambda c: 33 <= c <= 126 and not chr(c).isalnum(),
    "space": lambda c: c == 32 or 9 <= c <= 13,
    "upper": lambda c: 65 <= c <= 90,
    "xdigit": lambda c: chr(c) in "0123456789abcdefABCDEF",
}


def posix_class(name: str) -> frozenset[int] | None:
    """The ASCII characters of `[:name:]`; None for a class that does not exist."""
    test = _CLASSES.get(name)
    return None if test is None else frozenset(c for c in range(128) if test(c))


class NeverMatches(Exception):
    """The pattern matches no value."""


def bracket(pattern: str, i: int, fold: bool) -> tuple[set[int], int] | None:
    """The characters of the bracket expression whose first character after `[` is at i, and the index after it.

    None when it is never closed: the `[` is then an ordinary character. Raises NeverMatches for a pattern that ends
    within a range, which glibc matches with nothing.
    """
    negated = pattern[i : i + 1] in ("!", "^") and pattern[i : i + 1] != ""
    if negated:
        i += 1
    chars: set[int] = set()
    members: set[int] = set()  # of classes, which do not fold
    first = True
    while True:
        if i >= len(pattern):
            return None
        c = pattern[i]
        if c == "]" and not first:
            break
        first = False
        if c == "[" and pattern[i + 1 : i + 2] == ":":
            end = pattern.find(":]", i + 2)
            named = posix_class(pattern[i + 2 : end]) if end > 0 else None
            if named is not None:
                members |= named
                i = end + 2
                continue
        low, i = _bracket_char(pattern, i, fold)
        if low is None:
            return None
        high: int | None = low
        if pattern[i:] == "-":
            raise NeverMatches
        if pattern[i : i + 1] == "-" and pattern[i + 1] != "]":
            high, i = _bracket_char(pattern, i + 1, fold)
            if high is None:
                return None
        assert high is not None
        chars.update(range(low, high + 1))
    if fold:
        chars = {c for c in range(256) if _folded(c) in chars}
    chars |= members
    return (set(range(256)) - chars if negated else chars), i + 1


def _folded(c: int) -> int:
    return c + 32 if 65 <= c <= 90 else c


def _bracket_char(pattern: str, i: int, fold: bool) -> tuple[int | None, int]:
    """One character of a bracket expression (maybe escaped, `[.x.]` or `[=x=]`) and the index after it."""
    c = pattern[i]
    kind = pattern[i + 1 : i + 2]
    if c == "[" and kind in (".", "=") and kind and pattern[i + 3 : i + 5] == kind + "]":
        return ord(pattern[i + 2]), i + 5
    if c == "\\":
        i += 1
        if i >= len(pattern):
            return None, i
    return (_folded(ord(pattern[i])) if fold else ord(pattern[i])), i + 1


def _piece(elements: list[str | set[int]], fold: bool) -> tuple[re.Pattern[str], int]:
    """A piece without `*` as a regular expression, and its length."""
    out = []
    for e in elements:
        if e == "":
            out.append(".")
        elif isinstance(e, str):
            out.append(f"[{re.escape(lower(e))}{re.escape(upper(e))}]" if fold else re.escape(e))
        elif e:
            out.append("[" + "".join(f"\\x{c:02x}" for c in sorted(e)) + "]")
        else:
            out.append(r"(?!)")
    return re.compile("".join(out), re.DOTALL), len(elements)


def compile_glob(pattern: str, fold: bool = False) -> Callable[[str], bool]:
    """A test for whole values. `fold` ignores the case of ASCII letters."""
    try:
        return _compile(pattern, fold)
    except NeverMatches:
        return lambda value: False


def _compile(pattern: str, fold: bool) -> Callable[[str], bool]:
    pieces: list[list[str | set[int]]] = [[]]  # "" stands for ?
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            pieces.append([])
        elif c == "?":
            pieces[-1].append("")
        elif c == "\\":
            if i >= len(pattern):
                raise NeverMatches  # nothing to escape
            pieces[-1].append(pattern[i])
            i += 1
        elif c == "[" and (found := bracket(pattern, i, fold)) is not None:
            pieces[-1].append(found[0])
            i = found[1]
        else:
            pieces[-1].append(c)
    if all(isinstance(e, str) and e for piece in pieces for e in piece):
        return _plain(["".join(map(str, piece)) for piece in pieces], fold)
    compiled = [_piece(piece, fold) for piece in pieces]
    if len(compiled) == 1:
        whole = compiled[0][0]
        return lambda value: whole.fullmatch(value) is not None
    (head, head_length), *middle, (tail, tail_length) = compiled
    searches = [regex for regex, length in middle if length]

    def matches(value: str) -> bool:
        if head_length + tail_length > len(value) or head.match(value) is None:
            return False
        end = len(value) - tail_length
        at = head_length
        for regex in searches:
            found = regex.search(value, at, end)
            if found is None:
                return False
            at = found.end()
        return tail.fullmatch(value, end) is not None

    return matches


def _plain(pieces: list[str], fold: bool) -> Callable[[str], bool]:
    """The test for a pattern of literal pieces between stars: string searches only."""
    if fold:
        folded = _plain([lower(p) for p in pieces], False)
        return lambda value: folded(lower(value))
    if len(pieces) == 1:
        return pieces[0].__eq__
    head, *middle, tail = pieces
    searches = [p for p in middle if p]

    def matches(value: str) -> bool:
        if len(head) + len(tail) > len(value) or not value.startswith(head) or not value.endswith(tail):
            return False
        end = len(value) - len(tail)
        at = len(head)
        for piece in searches:
            at = value.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def _components(path: str) -> tuple[str, ...]:
    return tuple(c for c in path.split("/") if c)


def path_match(paths: Sequence[str]) -> Callable[[str], bool]:
    """pmatch: some path is a prefix, by whole components that may be globs, of the value."""
    plain: set[tuple[str, ...]] = set()
    globs: list[list[Callable[[str], bool]]] = []
    for path in paths:
        parts = _components(path)
        if any(c in part for part in parts for c in "?*["):
            globs.append([compile_glob(p) if any(c in p for c in "?*[") else p.__eq__ for p in parts])
        else:
            plain.add(parts)
    lengths = sorted({len(p) for p in plain})

    def matches(value: str) -> bool:
        parts = _components(value)
        for n in lengths:
            if n > len(parts):
                break
            if parts[:n] in plain:
                return True
        return any(len(g) <= len(parts) and all(test(part) for test, part in zip(g, parts)) for g in globs)

    return matches
