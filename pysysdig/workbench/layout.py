"""The layout of rule files: edits of the text that leave comments, and what rules amount to, as they are.

Conditions that do not fit on a line become folded blocks with one term a line, lists in brackets are filled up to the width,
between items is one blank line. What a comment stands in, or what would become another text, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, SEQUENCE, Document, Node, YamlError
from pysysdig.workbench.compiled import changed, compiled_set
from pysysdig.workbench.condition_layout import STEP, laid_out, parts_of
from pysysdig.workbench.source import Item, RuleFile, sources

WIDTH = 120
_LISTED = ("items", "tags")


class Laid(NamedTuple):
    """A file before and after."""

    name: str
    before: str
    after: str


def lay_out(contents: Sequence[tuple[str, bytes]], width: int = WIDTH) -> list[Laid]:
    """Lay (name, content) of rule files out anew. Raises PysysdigError for what is no YAML in UTF-8, and if any rule would become
    another one."""
    out = []
    for name, raw in contents:
        try:
            text = raw.decode()
            out.append(Laid(name, text, _file(name, raw, width)))
        except UnicodeDecodeError:
            raise PysysdigError(f"{name}: not UTF-8") from None
        except YamlError as error:
            raise PysysdigError(Document(raw).told(name, error)) from None
    for laid in out:
        if _meaning(laid.before) != _meaning(laid.after):
            raise PysysdigError(f"{laid.name}: not laid out, for it would become another text (please report this)")
    before = sources(contents).rule_set
    after = sources([(laid.name, laid.after.encode()) for laid in out]).rule_set
    names = changed(compiled_set(before), compiled_set(after))
    if names or before.successful != after.successful:
        raise PysysdigError(f"not laid out, for rules would change: {', '.join(names)} (please report this)")
    return out


def _file(name: str, raw: bytes, width: int) -> str:
    """A file laid out; laid out again it stays what it is."""
    text = raw.decode()
    for _ in range(5):
        new = _spaced(RuleFile(name, _once(RuleFile(name, text.encode()), width).encode()))
        if new == text:
            break
        text = new
    return text


def _once(file: RuleFile, width: int) -> str:
    """Conditions and lists."""
    edits = [edit for item in file.items for edit in _edits(item, width)]
    text = file.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _edits(item: Item, width: int) -> Iterator[tuple[int, int, str]]:
    text = item.file.text
    for key, value in item.node.pairs:
        line = text.rfind("\n", 0, key.index) + 1
        indent = " " * (key.index - line)
        end = text.find("\n", value.end)
        rest = text[value.end : end if end >= 0 else len(text)]
        if key.text == "condition" and value.kind == SCALAR:
            new = laid_out(item.file, value, indent, width, rest)
        elif key.text in _LISTED and value.kind == SEQUENCE and value.style and not rest.strip():
            new = _listed(text, value, indent, key, width)
        else:
            continue
        if new is not None and new != text[value.index : value.end]:
            yield value.index, value.end, new


# --- lists


def _listed(text: str, node: Node, indent: str, key: Node, width: int) -> str | None:
    """How a list in brackets is written; None: it stays as it is."""
    if any(item.kind not in (SCALAR, NULL) or "\n" in text[item.index : item.end] for item in node.items):
        return None
    items = [text[item.index : item.end] for item in node.items]
    raw = text[node.index : node.end]
    if re.sub(r"[\s,\[\]]", "", raw) != re.sub(r"[\s,\[\]]", "", "".join(items)):
        return None  # a comment, an anchor
    flat = f"[{', '.join(items)}]"
    if len(indent) + len(key.text) + 2 + len(flat) <= width and (
        raw.count("\n") == 0 or len(items) < 2 or len(flat) < width // 2
    ):
        return flat
    lines, line = [], ""
    for number, item in enumerate(items):
        piece = item + ("," if number < len(items) - 1 else "")
        if line and len(indent) + len(STEP) + len(line) + 1 + len(piece) > width:
            lines.append(line)
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    lines.append(line)
    inner = "".join(f"\n{indent}{STEP}{line}" for line in lines)
    return f"[{inner}\n{indent}]"


# --- blank lines


def _spaced(file: RuleFile) -> str:
    """One blank line between items, none at the end, no blanks at ends of lines; what stands in texts of several lines stays."""
    inside = sorted(_several_lines(file))
    starts = {item.start for item in file.items}
    out: list[str] = []
    at = 0
    for line in file.text.split("\n"):
        kept = any(start <= at <= end for start, end in inside)
        shown = line if kept else line.rstrip()
        if at in starts and out and out[-1].strip():
            out.append("")
        if shown.strip() or kept or (out and out[-1].strip()):
            out.append(shown)
        at += len(line) + 1
    while out and not out[-1].strip():
        out.pop()
    return "\n".join(out) + "\n" if out else ""


def _several_lines(file: RuleFile) -> Iterator[tuple[int, int]]:
    """Where scalars of several lines are: their first and last line, without the blank lines behind."""
    for node in (node for root in file.roots for node in _nodes(root)):
        raw = file.text[node.index : node.end]
        if node.kind == SCALAR and "\n" in raw.rstrip("\n"):
            keep = raw.partition("\n")[0].find("+") >= 0 and node.style in ("|", ">")
            yield node.index, node.index + len(raw if keep else raw.rstrip())


# --- proof


def _meaning(text: str) -> object:
    """What YAML says, blanks in conditions apart, and the comments."""
    roots = Document(text.encode()).read()
    outside, at = [], 0
    for start, end in sorted((node.index, node.end) for root in roots for node in _nodes(root) if node.kind == SCALAR):
        outside.append(text[at:start])
        at = max(at, end)
    comments = re.findall(r"#[^\n]*", "\n".join([*outside, text[at:]]))
    return [_value(node, "") for node in roots], [comment.rstrip() for comment in comments]


def _nodes(root: Node) -> Iterator[Node]:
    """A node and all in it."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += node.items
        stack += [part for pair in node.pairs for part in pair]


def _value(node: Node, key: str) -> object:
    if node.kind == MAPPING:
        return [(k.text, _value(v, k.text)) for k, v in node.pairs]
    if node.kind == SEQUENCE:
        return [_value(item, key) for item in node.items]
    if key == "condition":
        parts = parts_of(node.text)
        return node.text.strip() if parts is None else "".join(p.gap + p.text for p in parts)
    return node.text
