"""The layout of conditions: those that do not fit on a line become folded blocks with one term a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.filter.tokens import BEFORE_LISTS
from pysysdig.rules.yamldoc import Node
from pysysdig.workbench.source import RuleFile

STEP = "  "
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[()]|[^\s()\"']+", re.DOTALL)
_JOINTS = ("and", "or")


class Part(NamedTuple):
    """A token and the blanks before it in the laid out text."""

    text: str
    gap: str


def laid_out(file: RuleFile, node: Node, indent: str, width: int, rest: str) -> str | None:
    """How a condition is written; None: it stays as it is."""
    raw = file.text[node.index : node.end]
    block = node.style in ("|", ">")
    if (block and "#" in raw.partition("\n")[0]) or (not block and rest.strip()) or not _plain(node.text):
        return None
    parts = parts_of(node.text)
    if parts is None:
        return None
    flat = "".join(p.gap + p.text for p in parts)
    room = width - len(indent) - len("condition: ")
    if not block and "\n" not in raw and len(raw) <= room:
        return None
    lines = _lines(parts, width - len(indent) - len(STEP))
    if len(lines) == 1 and len(flat) <= room and not block and _stays_plain(flat):
        return flat
    if block:  # how many blank lines follow is not for the condition to say
        tail = raw[len(raw.rstrip("\n")) :] or "\n"
    else:
        tail = ""
    return ">" + "".join(f"\n{indent}{STEP}{line}" for line in lines) + tail


def _plain(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable() and bool(text.strip())


def _stays_plain(text: str) -> bool:
    """Whether a text needs no quotes in YAML."""
    return not re.search(r": |:$| #|^[\s\-?:,\[\]{}#&*!|>'\"%@`]", text)


def parts_of(text: str) -> list[Part] | None:
    """The tokens of a condition, blanks between them as one; None: a text in it has a line end."""
    out: list[Part] = []
    end = 0
    for token in _TOKEN.finditer(text):
        if text[end : token.start()].strip() or "\n" in token[0]:
            return None
        gap = " " if token.start() > end and out else ""
        out.append(Part(token[0], gap))
        end = token.end()
    if text[end:].strip():
        return None
    tight: list[Part] = []
    for part in out:
        inside = bool(tight) and (tight[-1].text == "(" or part.text == ")")
        tight.append(Part(part.text, "" if inside else part.gap))
    return tight


def _lines(parts: list[Part], width: int, level: int = 0) -> list[str]:
    """One term a line, terms that are too long in turn."""
    pad = STEP * level
    lines: list[str] = []
    for term in _terms(parts):
        flat = "".join(p.gap + p.text for p in term).lstrip()
        if len(pad) + len(flat) <= width:
            lines.append(pad + flat)
            continue
        start = next((i for i, p in enumerate(term) if p.text == "("), None)
        inner = term[start + 1 : -1] if start is not None and term[-1].text == ")" and _closes(term, start) else []
        if start is None or not any(p.text in _JOINTS for p in inner) or _is_list(term, start):
            lines += _filled(pad, term, width) if start is not None else [pad + flat]
            continue
        head = "".join(p.gap + p.text for p in term[: start + 1]).lstrip()
        lines += [pad + head, *_lines(inner, width, level + 1), pad + ")"]
    return lines


def _terms(parts: list[Part]) -> Iterator[list[Part]]:
    """The terms outside of all brackets, each with the word that joins it to what stands before."""
    depth = 0
    term: list[Part] = []
    before = ""
    for part in parts:
        if part.text in _JOINTS and depth == 0 and term and before[-1:] not in "=<>!" and before not in _JOINTS:
            yield term
            term = []
        depth += (part.text == "(") - (part.text == ")")
        term.append(part)
        before = part.text
    if term:
        yield term


def _closes(term: list[Part], start: int) -> bool:
    """Whether the bracket at `start` is closed by the last token."""
    depth = 0
    for i, part in enumerate(term[start:], start):
        depth += (part.text == "(") - (part.text == ")")
        if depth == 0:
            return i == len(term) - 1
    return False


def _is_list(term: list[Part], start: int) -> bool:
    return start > 0 and term[start - 1].text in BEFORE_LISTS


def _filled(pad: str, term: list[Part], width: int) -> list[str]:
    """A list of constants over several lines, broken after commas."""
    lines, line = [], pad
    for part in term:
        if len(line) + len(part.gap + part.text) > width and line.endswith(",") and part.gap:
            lines.append(line)
            line = pad + STEP + part.text
        else:
            line += part.gap + part.text if line.strip() else part.text
    return [*lines, line]
