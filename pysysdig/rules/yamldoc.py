"""YAML of rule files as nodes that know their places.

Made from the events of libyaml, not from PyYAML's own nodes: places must be kept, and files are untrusted, so depth,
number of nodes and what aliases expand to are limited while reading. Scalars stay text; a plain empty, `~` or `null`
one is null. As in the reference there are no merge keys, and of equal keys the first one counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from pysysdig.rules.results import Position

MAX_BYTES = 16 << 20
MAX_NODES = 400_000  # aliases count as what they stand for
MAX_DEPTH = 64
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"

NULL, SCALAR, SEQUENCE, MAPPING = range(4)

_PLACE = re.compile(r"^error at line \d+, column \d+: ")  # of libyaml's own errors

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class YamlError(Exception):
    """The text is not YAML that is accepted.

    index  place in the text (characters), None if there is none
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


class Node:
    """A node.

    kind     NULL, SCALAR, SEQUENCE or MAPPING
    text     of a scalar
    items    of a sequence
    pairs    of a mapping: keys and values in order
    entries  of a mapping: values by the text of scalar keys, the first of equal ones
    index    where it begins in the text (characters)
    end      where it ends: of a scalar, or of a sequence or mapping in brackets; of one without behind its last part at most
    style    of a scalar: "" plain, its quote, or `|` or `>`; of a sequence or mapping: "[" if it is in brackets
    size     number of nodes in it, itself included, aliases expanded
    """

    __slots__ = ("end", "entries", "index", "items", "kind", "pairs", "size", "style", "text")

    def __init__(self, kind: int, index: int, text: str = "") -> None:
        self.kind = kind
        self.index = index
        self.text = text
        self.items: list[Node] = []
        self.pairs: list[tuple[Node, Node]] = []
        self.entries: dict[str, Node] = {}
        self.end = index
        self.style = ""
        self.size = 1

    def get(self, key: str) -> Node | None:
        """The value of a mapping for a key; None: it has none, or this is no mapping."""
        return self.entries.get(key)


class Document:
    """A YAML text.

    text   decoded, with replacement characters where it is not UTF-8
    size   bytes
    """

    __slots__ = ("_ascii", "_bytes_before", "_lines", "size", "text")

    def __init__(self, raw: bytes) -> None:
        self.size = len(raw)
        self.text = raw.decode("utf-8", "replace")
        self._ascii = self.text.isascii()
        self._lines: list[int] = []  # where they begin, in characters and in bytes
        self._bytes_before: list[int] = []

    def read(self) -> list[Node]:
        """One node for each document that is not empty. Raises YamlError."""
        if self.size > MAX_BYTES:
            raise YamlError(f"the file has more than {MAX_BYTES} bytes")
        return _Builder(self.text).documents()

    def position(self, node: Node) -> Position:
        """Where a node begins. A null without text is where the next token is, as in the reference."""
        index = node.index
        if node.kind == NULL and not node.text:
            index = self._next_token(index)
        return self.place(index)

    def told(self, name: str, error: YamlError) -> str:
        """`NAME:LINE:COLUMN: what is wrong`; without a place where the error has none."""
        if error.index is None:
            return f"{name}: {error.message}"
        at = self.place(error.index)
        return f"{name}:{at.line + 1}:{at.column + 1}: {_PLACE.sub('', error.message)}"

    def place(self, index: int) -> Position:
        """A place in characters as one in bytes."""
        if not self._lines:
            self._find_lines()
        line = bisect_right(self._lines, index) - 1
        start = self._lines[line]
        if self._ascii:
            return Position(line, index - start, index)
        column = len(self.text[start:index].encode())
        return Position(line, column, self._bytes_before[line] + column)

    def _find_lines(self) -> None:
        lengths = [len(line) + 1 for line in self.text.split("\n")]
        self._lines = [0, *accumulate(lengths[:-1])]
        if not self._ascii:
            lengths = [len(line.encode()) + 1 for line in self.text.split("\n")]
            self._bytes_before = [0, *accumulate(lengths[:-1])]

    def _next_token(self, index: int) -> int:
        text = self.text
        while index < len(text):
            if text[index] == "#":
                end = text.find("\n", index)
                index = len(text) if end < 0 else end
            elif text[index] in " \t\r\n":
                index += 1
            else:
                break
        return index


class _Builder:
    """Events to nodes."""

    def __init__(self, text: str) -> None:
        from yaml.cyaml import CParser  # type: ignore[import-untyped,attr-defined,unused-ignore]

        self.text = text
        self.parser = CParser(text)
        self.total = 0
        self.anchors: dict[str, Node] = {}
        # what is open: node, key whose value comes next, anchor
        self.stack: list[tuple[Node, list[Node], str | None]] = []

    def documents(self) -> list[Node]:
        """All documents that are not empty."""
        from yaml import YAMLError

        try:
            return self._documents()
        except YAMLError as e:
            raise _explained(e) from None

    def _documents(self) -> list[Node]:
        from yaml.events import (
            AliasEvent,
            DocumentEndEvent,
            DocumentStartEvent,
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
            StreamEndEvent,
            StreamStartEvent,
        )  # fmt: skip

        ends = (SequenceEndEvent, MappingEndEvent)
        roots: list[Node] = []
        while True:
            event: Any = self.parser.get_event()
            kind = type(event)
            if kind is ScalarEvent:
                null = event.implicit[0] and event.value in _NULLS
                node = Node(NULL if null else SCALAR, event.start_mark.index, event.value)
                node.end, node.style = event.end_mark.index, event.style or ""
                self._named(node, event.anchor)
                done: Node | None = self._add(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                node = Node(MAPPING if kind is MappingStartEvent else SEQUENCE, event.start_mark.index)
                node.style = "[" if event.flow_style else ""
                if len(self.stack) >= MAX_DEPTH:
                    raise YamlError(_TOO_DEEP, node.index)
                self.stack.append((node, [], event.anchor))
                done = None
            elif kind in ends:
                node, _, anchor = self.stack.pop()
                node.end = event.end_mark.index
                self._named(node, anchor)
                done = self._add(node)
            elif kind is AliasEvent:
                done = self._add(self._alias(event.anchor, event.start_mark.index))
            elif kind is StreamEndEvent:
                return roots
            else:
                assert kind in (StreamStartEvent, DocumentStartEvent, DocumentEndEvent)
                self.anchors.clear()
                done = None
            if done is not None and done.kind != NULL:
                roots.append(done)

    def _named(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node

    def _alias(self, name: str, index: int) -> Node:
        node = self.anchors.get(name)
        if node is not None:
            return node
        if any(anchor == name for _, _, anchor in self.stack):
            raise YamlError(f"'{name}' contains itself", index)
        raise YamlError(f"there is no anchor '{name}'", index)

    def _add(self, node: Node) -> Node | None:
        """Put a finished node where it belongs; returns it if it is a whole document."""
        self.total += 1
        if not self.stack:
            return node
        parent, keys, _ = self.stack[-1]
        parent.size += node.size
        if self.total > MAX_NODES or parent.size > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES} nodes", node.index)
        if parent.kind == SEQUENCE:
            parent.items.append(node)
        elif not keys:
            keys.append(node)
        else:
            key = keys.pop()
            parent.pairs.append((key, node))
            if key.kind == SCALAR:
                parent.entries.setdefault(key.text, node)
        return None


# what libyaml says -> what it means
_MEANINGS = {
    "did not find expected '-' indicator": "end of sequence not found",
    "did not find expected key": "end of map not found",
    "did not find expected ',' or ']'": "end of sequence flow not found",
    "did not find expected ',' or '}'": "end of map flow not found",
    "found unexpected end of stream": "end of file inside a quoted text",
    "could not find expected ':'": "there is no ':' after a key",
    "mapping values are not allowed in this context": "illegal map value",
    "found character that cannot start any token": "a tab or a character that must be quoted",
    "did not find expected <document start>": "the document ends before the text does",
}


def _explained(error: Any) -> YamlError:
    """An error of libyaml in its own words and, where they say little, in others."""
    character = getattr(error, "character", None)
    if isinstance(character, int):
        what = f"character U+{character:04X}: control characters are not allowed (is it a text file in UTF-8?)"
        return YamlError(what, error.position)
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    if "nesting depth" in problem:  # libyaml has a limit, too, from PyYAML 6.0.4 on; it looks ahead: no event came yet
        return YamlError(_TOO_DEEP, mark.index if mark else None)
    meaning = _MEANINGS.get(problem)
    message = f"{meaning} ({problem})" if meaning else problem
    if mark is None:
        return YamlError(message)
    return YamlError(f"error at line {mark.line + 1}, column {mark.column + 1}: {message}", mark.index)
