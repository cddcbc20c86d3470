"""Rule files as they are written: their items, and where in the text each part of a condition stands.

What rules amount to is for pysysdig.rules to say; this is about the text, for those who report on it or change it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from pysysdig.errors import FilterError, PysysdigError
from pysysdig.events.text import from_user
from pysysdig.filter.ast import Expr
from pysysdig.filter.parser import RULE_DEPTH, parse
from pysysdig.rules.files import rule_files
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import RuleSet
from pysysdig.rules.yamldoc import MAPPING, MAX_BYTES, SCALAR, SEQUENCE, Document, Node, YamlError

KINDS = ("rule", "macro", "list")
_NEW_KEYS = ("condition", "output", "desc", "priority")
_ESCAPED = re.compile(r"\\(?:x..|u....|U........|\r?\n[ \t]*|.)", re.DOTALL)


class Written:
    """A scalar as it stands in a file: `text` is its value, `node` where it is."""

    def __init__(self, file: RuleFile, node: Node) -> None:
        self.file = file
        self.node = node
        self.text = node.text

    @cached_property
    def expr(self) -> Expr | None:
        """The tree of a condition, macros and lists as names; None if it only makes sense once lists are replaced."""
        try:
            return parse(self.text, RULE_DEPTH)
        except FilterError:
            return None

    @cached_property
    def _places(self) -> list[int]:
        """Where in the file each character of the value is (and, at the end, where it ends)."""
        source, at, end = self.file.text, self.node.index, self.node.end
        quote = self.node.style in ("'", '"') and self.node.style
        if quote or self.node.style in ("|", ">"):
            at += 1
        if self.node.style in ("|", ">"):
            at = source.find("\n", at, end) + 1 or end
        out = []
        for char in self.text:
            while at < end and source[at] != char and source[at].isspace() and not (char == " " and source[at] == "\n"):
                at += 1
            out.append(min(at, end))
            if quote == "'" and source.startswith("''", at):
                at += 2
            elif quote == '"' and source[at : at + 1] == "\\":
                found = _ESCAPED.match(source, at)
                at = found.end() if found else at + 1
            elif at < end and (source[at] == char or source[at].isspace()):
                at += 1
        out.append(min(at, end))
        return out

    def place(self, position: int) -> int:
        """Where in the file (characters) the node of a tree with this position (bytes of the value) is."""
        index = position if self.text.isascii() else len(self.text.encode()[:position].decode("utf-8", "ignore"))
        return self._places[min(index, len(self.text))]

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """The part of the file that characters of the value stand in."""
        first = self._places[start]
        return first, max(self._places[max(end - 1, 0)] + 1, first)

    def span(self, position: int, end: int) -> tuple[int, int]:
        """The part of the file between two positions of the value, without the blanks at its end."""
        start = self.place(position)
        stop = self.place(end)
        while stop > start and self.file.text[stop - 1].isspace():
            stop -= 1
        return start, max(stop, min(start + 1, len(self.file.text)))


class Item(NamedTuple):
    """A rule, macro or list in a file.

    kind     one of KINDS
    new      it defines one (and replaces an earlier one of the name); otherwise it changes one: `override`, `append`, `enabled`
    start, end   the lines of the file it takes (characters), the comments directly above it included
    """

    file: RuleFile
    kind: str
    name: str
    node: Node
    new: bool
    start: int
    end: int

    @property
    def condition(self) -> Written | None:
        """Its condition, if it gives one."""
        node = self.node.get("condition")
        return Written(self.file, node) if node is not None and node.kind == SCALAR else None

    @property
    def text(self) -> str:
        """Its lines."""
        return self.file.text[self.start : self.end]

    def appends(self, key: str) -> bool:
        """Whether what it says of a key is added to what was there."""
        override = self.node.get("override")
        if override is not None and override.kind == MAPPING:
            how = override.get(key)
            return how is not None and how.text == "append"
        return not self.new


class RuleFile:
    """A rule file: `name` is its path, `raw` its bytes."""

    def __init__(self, name: str, raw: bytes) -> None:
        """Raises YamlError."""
        self.name = name
        self.raw = raw
        self.document = Document(raw)
        self.text = self.document.text
        self.roots = self.document.read()
        self.items = self._items()

    def line_column(self, index: int) -> tuple[int, int]:
        """Line and column of a place, both from 1, in characters."""
        start = self.text.rfind("\n", 0, index) + 1
        return self.text.count("\n", 0, start) + 1, index - start + 1

    def _items(self) -> list[Item]:
        nodes = [node for root in self.roots if root.kind == SEQUENCE for node in root.items]
        starts = [self._above(self.text.rfind("\n", 0, node.index) + 1) for node in nodes]
        out = []
        for node, start, end in zip(nodes, starts, [*starts[1:], len(self.text)]):
            kind = next((k for k in reversed(KINDS) if node.kind == MAPPING and k in node.entries), None)
            if kind is not None:
                out.append(Item(self, kind, node.entries[kind].text, node, _defines(node, kind), start, end))
        return out

    def _above(self, start: int) -> int:
        """Where the comments directly above the line at `start` begin."""
        while start:
            before = self.text.rfind("\n", 0, start - 1) + 1
            if not self.text[before:start].lstrip().startswith("#"):
                break
            start = before
        return start


def _defines(node: Node, kind: str) -> bool:
    if node.get("override") is not None:
        return False
    append = node.get("append")
    if append is not None and append.text.lower() == "true":
        return False
    return kind != "rule" or any(key in node.entries for key in _NEW_KEYS)


class Sources(NamedTuple):
    """Rule files, and what they amount to."""

    files: list[RuleFile]
    rule_set: RuleSet

    def items(self) -> list[Item]:
        """All items, in order."""
        return [item for file in self.files for item in file.items]


def read_files(paths: Sequence[str]) -> list[tuple[str, bytes]]:
    """(name, content) of rule files, and of those in directories. Raises PysysdigError."""
    out = []
    for path in rule_files(paths):
        try:
            with open(path, "rb") as file:
                out.append((path, file.read(MAX_BYTES + 1)))
        except OSError as error:
            raise PysysdigError(f"{path}: {error.strerror or error}") from None
    if not out:
        raise PysysdigError(f"no rule files (.yaml, .yml) in {', '.join(paths)}")
    return out


def sources(contents: Sequence[tuple[str, bytes]]) -> Sources:
    """What (name, content) of rule files hold. A file that is no YAML has no items; `rule_set.results` says why."""
    files = []
    for name, raw in contents:
        try:
            files.append(RuleFile(name, raw))
        except YamlError:
            continue
    return Sources(files, load_rules([RuleText(name, raw) for name, raw in contents], keep_going=True))


def byte_text(text: str) -> str:
    """A text of a rule file as conditions hold it (see events.text)."""
    return from_user(text)
