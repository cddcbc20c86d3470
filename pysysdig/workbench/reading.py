"""Reading a test file: nodes of its YAML as values, and mistakes with their place."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pysysdig.errors import PysysdigError, did_you_mean
from pysysdig.events.text import from_user
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, SEQUENCE, Document, Node

_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_WHOLE = re.compile(r"-?(0x[0-9a-fA-F]{1,16}|[0-9]{1,20})")
_DURATION = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)(ns|us|ms|s|m|h|d)")
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


class TestFileError(PysysdigError):
    """Something in a test file is wrong; str() has the place, the line and a caret."""

    __test__ = False  # for pytest


class Place:
    """A test file, to say where something is."""

    def __init__(self, name: str, document: Document) -> None:
        self.name = name
        self._document = document

    @property
    def text_of_file(self) -> str:
        """All of it."""
        return self._document.text

    def line(self, node: Node) -> int:
        """The number of the line of a node, from 1 on."""
        return self._document.position(node).line + 1

    def error(self, node: Node, message: str, hint: str = "") -> TestFileError:
        """What is wrong with a node."""
        text = self._document.text
        start = text.rfind("\n", 0, node.index) + 1
        end = text.find("\n", node.index)
        line = text[start : end if end >= 0 else len(text)][:200]
        shown = "".join(c if c.isprintable() else "." for c in line)
        lines = [f"{self.name}:{self.line(node)}: {message}", f"  {shown}", "  " + " " * min(node.index - start, 200) + "^"]
        return TestFileError("\n".join([*lines, *([hint] if hint else [])]))

    def unknown(self, node: Node, what: str, name: str, known: Iterable[str]) -> TestFileError:
        """A name that is none of those known."""
        names = sorted(known)
        hint = did_you_mean(name, names, 1) or (f"there are: {', '.join(names[:30])}" if names else "")
        return self.error(node, f"there is no {what} '{name}'", hint)

    def mapping(self, node: Node, what: str, keys: Iterable[str]) -> dict[str, Node]:
        """The entries of a mapping with these keys."""
        known = tuple(keys)
        found = self.entries(node, what)
        for key, _ in node.pairs:
            if key.text not in known:
                raise self.unknown(key, f"key of {what}", key.text, known)
        return found

    def entries(self, node: Node, what: str) -> dict[str, Node]:
        """The entries of a mapping with any keys."""
        if node.kind != MAPPING:
            raise self.error(node, f"{what} must be a mapping")
        for key, _ in node.pairs:
            if key.kind != SCALAR:
                raise self.error(key, f"a key of {what} must be a text")
        return node.entries

    def items(self, node: Node, what: str) -> list[Node]:
        """The items of a list; a single scalar is a list of one."""
        if node.kind == SEQUENCE:
            return node.items
        if node.kind == SCALAR:
            return [node]
        raise self.error(node, f"{what} must be a list")

    def text(self, node: Node, what: str) -> str:
        """A scalar."""
        if node.kind == NULL:
            return ""
        if node.kind != SCALAR:
            raise self.error(node, f"{what} must be a text")
        return node.text

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of scalars."""
        return tuple(self.text(item, what) for item in self.items(node, what))

    def byte_text(self, node: Node, what: str) -> str:
        """A scalar as byte text: what processes, files and events have."""
        return from_user(self.text(node, what))

    def byte_texts(self, node: Node, what: str) -> list[str]:
        """A list of them."""
        return [self.byte_text(item, what) for item in self.items(node, what)]

    def whole(self, node: Node, what: str, most: int = 1 << 64) -> int:
        """A whole number from 0 on, below `most`."""
        text = self.text(node, what)
        if not _WHOLE.fullmatch(text) or not 0 <= int(text, 0 if "x" in text else 10) < most:
            raise self.error(node, f"{what} must be a whole number from 0 to {most - 1}, not '{text}'")
        return int(text, 0 if "x" in text else 10)

    def truth(self, node: Node, what: str) -> bool:
        """true or false."""
        text = self.text(node, what).lower()
        if text not in _TRUE + _FALSE:
            raise self.error(node, f"{what} must be true or false, not '{text}'")
        return text in _TRUE

    def duration(self, node: Node, what: str) -> int:
        """A time span like 10ms, as ns."""
        text = self.text(node, what)
        found = _DURATION.fullmatch(text)
        if found is None or float(found[1]) * _UNITS[found[2]] > 1 << 62:
            raise self.error(node, f"{what} must be a time like 10ms, 2s or 1h, not '{text}'")
        return round(float(found[1]) * _UNITS[found[2]])


def copied(node: Node, values: dict[str, str]) -> Node:
    """A node with `${name}` in its texts replaced by values; other names stay. What has none is not copied."""
    if not node.items and not node.pairs and "${" not in node.text:
        return node
    items = [copied(item, values) for item in node.items]
    pairs = [(key, copied(value, values)) for key, value in node.pairs]
    if "${" not in node.text and all(a is b for a, b in zip(items, node.items)):
        if all(a[1] is b[1] for a, b in zip(pairs, node.pairs)):
            return node
    out = Node(node.kind, node.index, _replaced(node.text, values))
    out.size, out.style = node.size, node.style
    out.items, out.pairs = items, pairs
    for key, value in out.pairs:
        out.entries.setdefault(key.text, value)
    return out


def _replaced(text: str, values: dict[str, str]) -> str:
    if "${" not in text:
        return text
    return re.sub(r"\$\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)
