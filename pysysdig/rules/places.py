"""Where things stand in rule files: conditions and their parts, items of lists, rows of exceptions.

Loading keeps no place of most of them. Who wants to tell (explanations, coverage) reads the YAML of the files once more, in the
order in which they were loaded, and does with places what loading does with texts.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from pysysdig.rules.yamldoc import MAPPING, SEQUENCE, Document, Node, YamlError

if TYPE_CHECKING:
    from pysysdig.rules.model import RuleSet

_KINDS = ("rule", "macro", "list")
_TRUE = ("true", "True", "TRUE")


class Place(NamedTuple):
    """A place in a file; line and column (code points) from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class _Text(NamedTuple):
    """A node of a file."""

    file: str
    document: Document
    node: Node

    def place(self, index: int = -1) -> Place:
        """Of a character of the file; -1: of the node."""
        text = self.document.text
        at = min(self.node.index if index < 0 else index, len(text))
        return Place(self.file, self.document.place(at).line + 1, at - text.rfind("\n", 0, at))


class Written:
    """A text of a rule file that may have been put together from several: a condition and what was appended to it."""

    def __init__(self, parts: list[_Text]) -> None:
        self._parts = parts
        self._starts = [0, *accumulate(len(part.node.text) + 1 for part in parts)][: len(parts)]
        text = " ".join(part.node.text for part in parts)
        self._bytes = b"" if text.isascii() else text.encode("utf-8", "replace")

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self._parts[0].place()

    def at(self, index: int) -> Place:
        """The place of a character of the byte text."""
        if self._bytes:
            index = len(self._bytes[:index].decode("utf-8", "ignore"))
        number = max(bisect_right(self._starts, index) - 1, 0)
        part = self._parts[number]
        return part.place(_aligned(part.document.text, part.node, index - self._starts[number]))


class Places:
    """Finds them.

    contents  the loaded files by name, in the order in which they were loaded
    """

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._items: dict[tuple[str, str], _Text] = {}  # what defined them last
        self._conditions: dict[tuple[str, str], list[_Text]] = {}
        self._lists: dict[str, list[_Text]] = {}
        self._rows: dict[tuple[str, str], list[_Text]] = {}
        self._elements: dict[str, dict[str, _Text]] = {}
        for name, content in contents.items():
            document = Document(content)
            try:
                roots = document.read()
            except YamlError:
                continue
            for root in roots:
                for item in root.items if root.kind == SEQUENCE else ():
                    if item.kind == MAPPING:
                        self._take(_Text(name, document, item))

    def item(self, kind: str, name: str) -> Place | None:
        """Of a rule, macro or list."""
        found = self._items.get((kind, name))
        return found.place() if found else None

    def condition(self, kind: str, name: str) -> Written | None:
        """The condition of a rule or macro, without exceptions."""
        parts = self._conditions.get((kind, name))
        return Written(parts) if parts else None

    def element(self, name: str, text: str) -> Place | None:
        """An item of a list, as it is written there."""
        known = self._elements.get(name)
        if known is None:
            known = self._elements[name] = {}
            for part in reversed(self._lists.get(name, ())):
                known.update((node.text, part._replace(node=node)) for node in reversed(part.node.items))
        found = known.get(text)
        return found.place() if found is not None else None

    def row(self, rule: str, exception: str, number: int) -> Place | None:
        """An entry of the values of an exception, counted from 0."""
        rows = self._rows.get((rule, exception), [])
        return rows[number].place() if number < len(rows) else None

    def _take(self, item: _Text) -> None:
        entries = item.node.entries
        kind = next((k for k in _KINDS if k in entries), None)
        if kind is None:
            return
        name = entries[kind].text
        override = entries.get("override")
        how = {key.text: value.text for key, value in override.pairs} if override is not None else {}
        if (append := entries.get("append")) is not None and append.text in _TRUE:
            how = dict.fromkeys(entries, "append")
        if not how and "condition" not in entries and "items" not in entries:
            return  # a rule is switched on or off
        if not how:
            self._items[kind, name] = item
            if kind == "rule":
                self._forget_rows(name)
        for key in ("condition", "items", "exceptions"):
            if key in entries and (not how or key in how):
                self._part(kind, name, key, item._replace(node=entries[key]), append=how.get(key) == "append")

    def _forget_rows(self, rule: str) -> None:
        for key in [key for key in self._rows if key[0] == rule]:
            del self._rows[key]

    def _part(self, kind: str, name: str, key: str, part: _Text, *, append: bool) -> None:
        if key == "condition":
            self._conditions[kind, name] = [*(self._conditions.get((kind, name), []) if append else []), part]
        elif key == "items":
            self._lists[name] = [*(self._lists.get(name, []) if append else []), part]
        else:
            if not append:
                self._forget_rows(name)
            for node in part.node.items:
                title, values = node.get("name"), node.get("values")
                if title is not None and values is not None:
                    self._rows.setdefault((name, title.text), []).extend(part._replace(node=row) for row in values.items)


def places_of(loaded: RuleSet) -> Places:
    """Where things stand in the files of a rule set."""
    return Places(loaded.results[-1].contents if loaded.results else {})


def _aligned(source: str, node: Node, index: int) -> int:
    """Where in the file the character `index` of a scalar's text is: its characters other than blanks stand there in the same
    order, with quotes, escapes and indentation between them."""
    at = node.index
    if source[at : at + 1] in ("|", ">"):
        at = source.find("\n", at) + 1
    elif source[at : at + 1] in ('"', "'"):
        at += 1
    for char in node.text[:index]:
        if not char.isspace():
            found = source.find(char, at)
            if found < 0:
                return node.index
            at = found + 1
    if index < len(node.text) and not node.text[index].isspace():
        at = max(source.find(node.text[index], at), at)
    return at
