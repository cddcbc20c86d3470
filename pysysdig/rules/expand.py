"""Texts of conditions: exceptions become part of them, lists replace their names.

Lists are replaced as text, before parsing, because that is what rule files rely on: a list may stand for one item of
`(a, my_list, b)`, for a bare `in my_list`, or inside a transformer, and its items may carry their own quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pysysdig.rules.collection import takes_list
from pysysdig.rules.model import Entry, RuleException, RuleList
from pysysdig.rules.results import VALIDATE, FileResult, LoadError, Problem

MAX_ITEMS = 500_000  # of a list
MAX_CONDITION = 4 << 20  # characters, lists and exceptions included

_BLANKS = " \t\n\r"
_DELIMITERS = frozenset(_BLANKS + "(),=")
_WORDS = re.compile(r"[^ \t\n\r(),=]+")


def words(condition: str) -> set[str]:
    """What in a condition may be the name of a list or a macro."""
    return set(_WORDS.findall(condition))


class TooLong(Exception):
    """A condition, or what its lists and exceptions make of it, is longer than MAX_CONDITION."""

    def __str__(self) -> str:
        return f"the condition is longer than {MAX_CONDITION} characters, lists and exceptions included"


def quoted(item: str) -> str:
    """An item with a blank in quotes, unless it has quotes already."""
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item


def _bracketed(item: str) -> str:
    return item if item.startswith("(") else f"({item})"


def flatten(lists: Mapping[str, RuleList], result: FileResult) -> None:
    """Put the items of lists defined earlier in place of their names, one level deep, and mark the lists that others use, and no
    others, as used. That there are too many items is an error of the result."""
    for entry in lists.values():
        entry.used = False
    for entry in lists.values():
        entry.compiled = []
        for item in entry.items:
            other = lists.get(item)
            if other is None or other.index >= entry.visibility:
                entry.compiled.append(item)
                continue
            other.used = True
            entry.compiled += other.items
            if len(entry.compiled) > MAX_ITEMS:
                entry.compiled = []
                result.error(Problem(VALIDATE, f"a list of more than {MAX_ITEMS} items", entry.context))
                break


class Lists:
    """The lists of a collection, to be put into conditions.

    replace() can be asked again and again; what list items amount to is made once.
    """

    def __init__(self, lists: Iterable[RuleList]) -> None:
        self._lists = list(lists)
        self._order = {entry.name: i for i, entry in enumerate(self._lists)}
        # names that are not one word have to be searched for
        self._spaced = [i for i, entry in enumerate(self._lists) if not _WORDS.fullmatch(entry.name)]
        self._texts: dict[int, str] = {}

    def replace(self, condition: str) -> tuple[str, list[RuleList]]:
        """The condition with the items of lists in place of their names, and the lists used.

        In order of their definition, so that items that name a later list are replaced in turn. Raises TooLong.
        """
        used: list[RuleList] = []
        if len(condition) > MAX_CONDITION:
            raise TooLong
        waiting = self._named(condition)
        while waiting:
            number = min(waiting)
            waiting.discard(number)
            entry = self._lists[number]
            replaced = _replace(condition, entry.name, self._text(number))
            if replaced is not None:
                condition = replaced
                used.append(entry)
                waiting |= {n for n in self._named(self._text(number)) if n > number}
        return condition, used

    def _named(self, text: str) -> set[int]:
        """Numbers of the lists that a text may name."""
        order = self._order
        return {order[word] for word in words(text) if word in order} | set(self._spaced)

    def _text(self, number: int) -> str:
        text = self._texts.get(number)
        if text is None:
            text = self._texts[number] = ", ".join(map(quoted, self._lists[number].compiled))
        return text


def _replace(text: str, name: str, items: str) -> str | None:
    """`text` with `items` for each `name` that stands between delimiters; None if there is none.

    Blanks around the name become one on each side (none before it at the beginning of the text); where there are no
    items, a comma next to it goes, too.
    """
    out: list[str] = []
    rest = size = 0  # `rest`: where what has not been copied begins
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        delimited = (at == rest or text[at - 1] in _DELIMITERS) and (end == len(text) or text[end] in _DELIMITERS)
        if not delimited:
            at = text.find(name, at + 1)
            continue
        head = (" " * bool(out) + text[rest:at]).rstrip(_BLANKS)
        while end < len(text) and text[end] in _BLANKS:
            end += 1
        if not items:
            if head.endswith(","):
                head = head[:-1]
            elif end < len(text) and text[end] == ",":
                end += 1
        first = not out and not head
        out.append(items if first else f"{head} {items}")
        size += len(out[-1])
        if size > MAX_CONDITION:
            raise TooLong
        rest = end
        at = text.find(name, end + first)
    if not out:
        return None
    return f"{''.join(out)} {text[rest:]}"


def with_exceptions(condition: str, exceptions: list[RuleException]) -> tuple[str, list[str]]:
    """The condition of a rule with its exceptions, and the fields that these compare.

    Raises LoadError (values that do not fit the fields), TooLong.
    """
    fields: dict[str, None] = {}
    out = [f"({condition})"]
    size = len(condition)
    for exception in exceptions:
        text = _list_form(exception) if exception.fields and exception.fields.items is not None else _single_form(exception)
        if not text:
            continue
        assert exception.fields is not None
        fields.update(dict.fromkeys(f.text for f in exception.fields.items or [exception.fields]))
        out.append(f" and not {text}")
        size += len(text)
        if size > MAX_CONDITION:
            raise TooLong
    return "".join(out), list(fields)


def _single_form(exception: RuleException) -> str:
    """`(field op (v1, v2))`."""
    assert exception.fields is not None and exception.comps is not None
    values = []
    for value in exception.values:
        if value.items is not None:
            raise _error("Expected values array to contain a list of strings", exception)
        values.append(quoted(value.text))
    return f"({exception.fields.text} {exception.comps.text} ({', '.join(values)}))" if values else ""


def _list_form(exception: RuleException) -> str:
    """`(( f1 op1 v11 and  f2 op2 v12) or ( f1 op1 v21 and  f2 op2 v22))`."""
    assert exception.fields is not None and exception.comps is not None
    fields = exception.fields.items or []
    comps = exception.comps.items or []
    rows = []
    for value in exception.values:
        cells = value.items or []
        if len(cells) != len(fields):
            raise _error("Fields and values lists must have equal length", exception)
        checks = [f" {f.text} {c.text} {_value(cell, c.text)}" for f, c, cell in zip(fields, comps, cells)]
        rows.append(f"({' and '.join(checks)})")
    return f"({' or '.join(rows)})" if rows else ""


def _value(cell: Entry, op: str) -> str:
    if cell.items is not None:
        return f"({', '.join(quoted(v.text) for v in cell.items)})"
    return _bracketed(cell.text) if takes_list(op) else quoted(cell.text)


def _error(message: str, exception: RuleException) -> LoadError:
    return LoadError(Problem(VALIDATE, message, exception.context))
