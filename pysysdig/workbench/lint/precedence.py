"""PS001: where `and` and `or` stand beside each other without brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pysysdig.filter.tokens import BEFORE_LISTS
from pysysdig.workbench.lint.model import Edit, Finding, Fix, Item, found
from pysysdig.workbench.source import Written

_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[()]|[A-Za-z_][\w.]*|[=,!<>]+|\S", re.DOTALL)


def precedence(item: Item, written: Written, before: str) -> Iterator[Finding]:
    """PS001: `and` and `or` in the same brackets. before: what is appended to, "" nothing."""
    groups = _groups(written.text)
    outer = groups[-1]
    for group in groups:
        words = {word for word, _, _ in group.joints}
        if words == {"and", "or"}:
            at = next(start for word, start, _ in group.joints if word == "or")
            edits = tuple(_bracket(written, segment) for segment in group.segments("or") if segment.joined("and"))
            flat = tuple(edit for pair in edits for edit in pair)
            fix = Fix("put what `and` joins in brackets, as it is evaluated", flat)
            message = "`or` beside `and` without brackets: `and` binds tighter"
            yield found("PS001", message, item, written.chars(at, at + 2), written.text[at : at + 40], fix)
    if before:
        joined = {word for word, _, _ in _groups(before)[-1].joints} | {"and" if "and" in before else ""}
        own = {word for word, _, _ in outer.joints}
        if "or" in own and "and" in joined and own != {"and", "or"}:
            at = next(start for word, start, _ in outer.joints if word == "or")
            message = "what is appended begins another alternative: what stood before `or` no longer limits it"
            yield found("PS001", message, item, written.chars(at, at + 2), written.text[:40])


class _Group:
    """What stands in one pair of brackets: from start to end; joints: (`and` or `or`, start, end); is_list: of constants."""

    def __init__(self, start: int, is_list: bool = False) -> None:
        self.is_list = is_list
        self.start = start
        self.end = start
        self.joints: list[tuple[str, int, int]] = []

    def segments(self, word: str) -> list[_Group]:
        """The parts between some of the joints."""
        out = [_Group(self.start)]
        for joint in self.joints:
            if joint[0] == word:
                out[-1].end = joint[1]
                out.append(_Group(joint[2]))
            else:
                out[-1].joints.append(joint)
        out[-1].end = self.end
        return out

    def joined(self, word: str) -> bool:
        """Whether there is such a joint."""
        return any(joint[0] == word for joint in self.joints)


def _groups(text: str) -> list[_Group]:
    """All brackets of a condition; the last one is the condition as a whole."""
    stack, done = [_Group(0)], []
    operator = False
    before = ""
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "(":
            stack.append(_Group(token.end(), before in BEFORE_LISTS))
        elif word == ")":
            if len(stack) > 1:
                stack[-1].end = token.start()
                done.append(stack.pop())
        elif word in ("and", "or") and not operator and not stack[-1].is_list:
            stack[-1].joints.append((word, token.start(), token.end()))
        operator = word[0] in "=<>!"
        before = word
    stack[0].end = len(text)
    return [*done, stack[0]]


def _bracket(written: Written, part: _Group) -> tuple[Edit, Edit]:
    text = written.text[part.start : part.end]
    start = part.start + len(text) - len(text.lstrip())
    end = part.end - (len(text) - len(text.rstrip()))
    first, last = written.chars(start, end)
    return Edit(written.file, first, first, "("), Edit(written.file, last, last, ")")
