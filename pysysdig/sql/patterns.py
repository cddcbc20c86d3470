"""Globs and path prefixes as regular expressions that RE2 and Java read alike. Only what means the same for characters (which
engines count) as for bytes (which sysdig counts) is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pysysdig.filter.glob import bracket


class Unsayable(Exception):
    """There is no such expression; str() says why."""


def literal(text: str) -> str:
    """A text (byte text) as a pattern."""
    return "".join(c if c.isalnum() or c in "/_" else f"\\x{{{ord(c):x}}}" for c in display(text))


def display(text: str) -> str:
    """Byte text of a filter as a table has it; Unsayable for what no column can hold."""
    try:
        shown = text.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise Unsayable("a constant that is not UTF-8") from None
    if "\ufffd" in shown or "\0" in shown:
        raise Unsayable("a constant with a character that tables have in place of others")
    return shown


def of_glob(pattern: str, *, fold: bool = False, component: bool = False) -> str:
    """A pattern for the whole text; component: of a path. Raises Unsayable."""
    out = []
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == "*":
            out.append("[^/]*" if component else ".*")
        elif c == "?":
            raise Unsayable("`?`, which is a byte")
        elif c == "[":
            found = bracket(pattern, i, fold)
            if found is None:
                out.append(literal(c))
                continue
            chars, i = found
            if not chars or max(chars) > 127 or (component and 47 in chars):
                raise Unsayable("a bracket with other than some ASCII characters")
            out.append("[" + "".join(f"\\x{{{k:x}}}" for k in sorted(chars)) + "]")
        else:
            if c == "\\" and i < len(pattern):
                c = pattern[i]
                i += 1
            run = c
            while ord(run[-1]) > 127 and i < len(pattern) and ord(pattern[i]) > 127:
                run += pattern[i]
                i += 1
            out.append(f"[{c.lower()}{c.upper()}]" if fold and c.isascii() and c.isalpha() else literal(run))
    if component and set(pattern) == {"*"}:
        return "[^/]+"
    return "".join(out)


def of_paths(paths: Sequence[str]) -> str | None:
    """What pmatch looks for; None: any text. Raises Unsayable."""
    alternatives = []
    for path in paths:
        parts = [part for part in path.split("/") if part]
        if not parts:
            return None
        globs = [of_glob(part, component=True) if re.search(r"[?*\[]", part) else literal(part) for part in parts]
        alternatives.append("/+".join(globs))
    return rf"(?s)\A/*(?:{'|'.join(alternatives)})(?:/|\z)"
