"""The `regex` operator: RE2's POSIX syntax, whole-string matches, time linear in the value.

A pattern is parsed to a syntax tree, the tree becomes a nondeterministic automaton, and that is run as a deterministic one
whose states are made when first reached. There is no backtracking, hence no pattern that explodes; patterns are limited
in size instead. Values are matched as Unicode; bytes that are not UTF-8 count as U+FFFD.

As in RE2's POSIX mode `^` and `$` match at line ends, `.` does not match a newline, and there are no Perl classes (`\\d`),
lazy or possessive repetitions, flags, back references or lookarounds.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Union

from pysysdig.events.text import to_display
from pysysdig.filter.glob import posix_class

MAX_STATES = 20_000  # of the nondeterministic automaton
MAX_CACHED = 2_000  # deterministic states kept before starting afresh
MAX_REPEAT = 1000
MAX_NESTING = 128
LAST = 0x10FFFF

_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}

Ranges = tuple[tuple[int, int], ...]


class RegexError(ValueError):
    """The pattern is not valid; str() is RE2's message."""


# --- syntax tree: ("chars", ranges) ("cat", nodes) ("alt", nodes) ("repeat", node, low, high|None) ("bol",) ("eol",)

Node = tuple[Union[str, int, None, "Node", "list[Node]", Ranges], ...]


def _merge(ranges: list[tuple[int, int]]) -> Ranges:
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def _negate(ranges: Ranges) -> Ranges:
    out = []
    at = 0
    for low, high in ranges:
        if low > at:
            out.append((at, low - 1))
        at = high + 1
    if at <= LAST:
        out.append((at, LAST))
    return tuple(out)


class _Parser:
    __slots__ = ("depth", "i", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.i = 0
        self.depth = 0

    def parse(self) -> Node:
        node = self.alternatives()
        if self.i < len(self.text):
            raise RegexError(f"unexpected ): {self.text}")
        return node

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise RegexError("expression nests too deeply")
        options = [self.sequence()]
        while self.text[self.i : self.i + 1] == "|":
            self.i += 1
            options.append(self.sequence())
        self.depth -= 1
        return options[0] if len(options) == 1 else ("alt", options)

    def sequence(self) -> Node:
        nodes: list[Node] = []
        while self.i < len(self.text) and self.text[self.i] not in "|)":
            c = self.text[self.i]
            if c in "*+?":
                raise RegexError(f"missing argument to repetition operator: {c}")
            repeats = self.counts() if c == "{" else None
            if repeats is not None:
                raise RegexError(f"missing argument to repetition operator: {self.text[self.i :]}")
            nodes.append(self.repeated(self.atom()))
        return ("cat", nodes)

    def repeated(self, node: Node) -> Node:
        while self.i < len(self.text):
            c = self.text[self.i]
            start = self.i
            if c in "*+?":
                self.i += 1
                if node[0] == "repeat" and node[2:] == (0, None):
                    continue  # x** and x*? say no more than x*
                node = ("repeat", node, 1 if c == "+" else 0, 1 if c == "?" else None)
            elif c == "{":
                counts = self.counts()
                if counts is None:
                    break
                low, high = counts
                if low > MAX_REPEAT or (high is not None and (high > MAX_REPEAT or high < low)):
                    raise RegexError(f"bad repetition operator: {self.text[start : self.i]}")
                node = ("repeat", node, low, high)
            else:
                break
        return node

    def counts(self) -> tuple[int, int | None] | None:
        """`{n}`, `{n,}` or `{n,m}` at the cursor; None (nothing taken) when it is a literal brace."""
        end = self.text.find("}", self.i)
        low, comma, high = self.text[self.i + 1 : end if end >= 0 else self.i + 1].partition(",")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            return None
        self.i = end + 1
        first = int(low[:6])
        return first, (int(high[:6]) if high else None) if comma else first

    def atom(self) -> Node:
        c = self.text[self.i]
        self.i += 1
        if c == "(":
            if self.text[self.i : self.i + 1] == "?":
                raise RegexError("missing argument to repetition operator: ? (groups with (? are not supported)")
            node = self.alternatives()
            if self.text[self.i : self.i + 1] != ")":
                raise RegexError(f"missing ): {self.text}")
            self.i += 1
            return node
        if c == "[":
            return ("chars", self.bracket())
        if c == ".":
            return ("chars", ((0, 9), (11, LAST)))
        if c == "^":
            return ("bol",)
        if c == "$":
            return ("eol",)
        code = self.escape() if c == "\\" else ord(c)
        return ("chars", ((code, code),))

    def escape(self) -> int:
        """The character of the escape whose backslash was just taken."""
        if self.i >= len(self.text):
            raise RegexError("trailing \\")
        c = self.text[self.i]
        self.i += 1
        if c in _ESCAPES:
            return _ESCAPES[c]
        follows = self.text[self.i : self.i + 1]
        if c == "0" or ("1" <= c <= "7" and follows and follows in "01234567"):
            digits = c
            while len(digits) < 3 and self.text[self.i : self.i + 1] in tuple("01234567"):
                digits += self.text[self.i]
                self.i += 1
            return int(digits, 8)
        if c == "x":
            return self.hexadecimal()
        if c.isascii() and not c.isalnum() and c != "_":
            return ord(c)
        raise RegexError(f"invalid escape sequence: \\{c}")

    def hexadecimal(self) -> int:
        if self.text[self.i : self.i + 1] == "{":
            end = self.text.find("}", self.i)
            digits, after = self.text[self.i + 1 : max(end, self.i + 1)], end + 1
        else:
            digits, after = self.text[self.i : self.i + 2], self.i + 2
            if len(digits) < 2:
                digits = ""
        if not digits or len(digits) > 8 or any(d not in "0123456789abcdefABCDEF" for d in digits) or int(digits, 16) > LAST:
            raise RegexError(f"invalid escape sequence: \\x{self.text[self.i : self.i + 3]}")
        self.i = after
        return int(digits, 16)

    def bracket(self) -> Ranges:
        start = self.i - 1
        negated = self.text[self.i : self.i + 1] == "^"
        if negated:
            self.i += 1
        ranges: list[tuple[int, int]] = []
        first = True
        while True:
            if self.i >= len(self.text):
                raise RegexError(f"missing ]: {self.text[start:]}")
            c = self.text[self.i]
            if c == "]" and not first:
                break
            if c == "-" and not first and self.text[self.i + 1 : self.i + 2] != "]":
                raise RegexError(f"invalid character class range: {self.text[self.i : self.i + 2]}")
            first = False
            if c == "[" and self.text[self.i + 1 : self.i + 2] == ":" and (end := self.text.find(":]", self.i + 2)) >= 0:
                ranges.extend(self.named(self.text[self.i + 2 : end]))
                self.i = end + 2
                continue
            low = self.class_char()
            high = low
            if self.text[self.i : self.i + 1] == "-" and self.text[self.i + 1 : self.i + 2] not in ("]", ""):
                self.i += 1
                high = self.class_char()
                if high < low:
                    raise RegexError(f"invalid character class range: {chr(low)}-{chr(high)}")
            ranges.append((low, high))
        self.i += 1
        merged = _merge(ranges)
        return _negate(merged) if negated else merged

    def named(self, name: str) -> Ranges:
        negated = name.startswith("^")
        members = frozenset(b"_") | (posix_class("alnum") or frozenset()) if name.lstrip("^") == "word" else None
        if name.lstrip("^") == "ascii":
            members = frozenset(range(128))
        members = members or posix_class(name[negated:])
        if members is None:
            raise RegexError(f"invalid character class range: [:{name}:]")
        ranges = _merge([(c, c) for c in members])
        return _negate(ranges) if negated else ranges

    def class_char(self) -> int:
        c = self.text[self.i]
        self.i += 1
        return self.escape() if c == "\\" else ord(c)


# --- the automaton


class _Program:
    """States are numbered; a state has either characters (`chars[s]` -> `next[s]`) or empty moves (`empty[s]`), which
    may be conditional (`when[s]`: "bol", "eol" or "")."""

    __slots__ = ("chars", "empty", "next", "when", "work")

    def __init__(self) -> None:
        self.chars: list[list[int] | None] = []  # starts and ends of ranges, alternating: inside = odd bisection
        self.next: list[int] = []
        self.empty: list[tuple[int, ...]] = []
        self.when: list[str] = []
        self.work = 0

    def add(self, empty: tuple[int, ...] = (), chars: Ranges | None = None, next_: int = -1, when: str = "") -> int:
        if len(self.next) >= MAX_STATES:
            raise RegexError("pattern too large - compile failed")
        self.chars.append(None if chars is None else [edge for low, high in chars for edge in (low, high + 1)])
        self.next.append(next_)
        self.empty.append(empty)
        self.when.append(when)
        return len(self.next) - 1

    def build(self, node: Node, then: int) -> int:
        """States for `node` that go on to state `then`; returns the first one."""
        self.work += 1
        if self.work > 10 * MAX_STATES:  # repetitions of what makes no states
            raise RegexError("pattern too large - compile failed")
        kind = node[0]
        if kind == "chars":
            return self.add(chars=node[1], next_=then)  # type: ignore[arg-type]
        if kind == "cat":
            for part in reversed(node[1]):  # type: ignore[arg-type]
                then = self.build(part, then)  # type: ignore[arg-type]
            return then
        if kind == "alt":
            return self.add(tuple(self.build(part, then) for part in node[1]))  # type: ignore
        if kind == "repeat":
            return self.repeat(node[1], node[2], node[3], then)  # type: ignore[arg-type]
        return self.add((then,), when=str(kind))

    def repeat(self, node: Node, low: int, high: int | None, then: int) -> int:
        if high is None:
            loop = self.add()
            self.empty[loop] = (self.build(node, loop), then)
            then = loop
        else:
            end = then
            for _ in range(high - low):
                then = self.add((self.build(node, then), end))
        for _ in range(low):
            then = self.build(node, then)
        return then


class Regex:
    """A compiled pattern. Raises RegexError."""

    __slots__ = ("_accept", "_cache", "_ids", "_program", "_sets", "_start")

    def __init__(self, pattern: str) -> None:
        """pattern: byte text"""
        tree = _Parser(to_display(pattern)).parse()
        self._program = _Program()
        self._accept = self._program.add()
        self._start = self._program.build(tree, self._accept)
        self._reset()

    def _reset(self) -> None:
        self._ids: dict[tuple[frozenset[int], bool], int] = {}
        self._sets: list[tuple[frozenset[int], bool]] = []
        self._cache: list[dict[int, int]] = []
        self._state(frozenset((self._start,)), True)

    def _state(self, states: frozenset[int], bol: bool) -> int:
        """The number of the deterministic state: NFA states before empty moves, and whether a line begins here."""
        key = (states, bol)
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = len(self._sets)
            self._sets.append(key)
            self._cache.append({})
        return number

    def _closure(self, states: frozenset[int], bol: bool, eol: bool) -> set[int]:
        program = self._program
        seen = set(states)
        todo = list(states)
        while todo:
            s = todo.pop()
            when = program.when[s]
            if (when == "bol" and not bol) or (when == "eol" and not eol):
                continue
            for t in program.empty[s]:
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
        return seen

    def _step(self, number: int, code: int) -> int:
        states, bol = self._sets[number]
        program = self._program
        after = set()
        for s in self._closure(states, bol, code == 10):
            edges = program.chars[s]
            if edges is not None and bisect_right(edges, code) & 1:
                after.add(program.next[s])
        return self._state(frozenset(after), code == 10)

    def fullmatch(self, value: str) -> bool:
        """Whether the pattern matches all of the (byte text) value."""
        if len(self._sets) > MAX_CACHED:
            self._reset()
        codes = value.encode("latin-1") if value.isascii() else map(ord, to_display(value))
        state = 0
        for code in codes:
            following = self._cache[state].get(code)
            if following is None:
                following = self._step(state, code)
                self._cache[state][code] = following
                if not self._sets[following][0]:
                    return False
            elif not self._sets[following][0]:
                return False
            state = following
        states, bol = self._sets[state]
        return self._accept in self._closure(states, bol, True)
