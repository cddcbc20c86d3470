"""Lexical level of the filter language: operators, token patterns, string escapes, error positions.

What a word means depends on where it stands (`in` is an operator after a field and a string after `=`), so there is no
token stream: the parser asks the Scanner for the kind of token that may come next. Source of the patterns and of the
escapes: docs/reference/filter-language.md 1.
"""

from __future__ import annotations

import re

from pysysdig.errors import FilterError
from pysysdig.events.text import to_display

NUMBER_OPERATORS = ("<=", "<", ">=", ">")
STRING_OPERATORS = (
    "==", "=", "!=", "glob", "iglob", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith", "regex",
)  # fmt: skip
LIST_OPERATORS = ("intersects", "in", "pmatch")
MODIFIERS = ("oneof", "anyof", "allof")
BEFORE_LISTS = (*LIST_OPERATORS, *MODIFIERS)  # brackets behind one of these are a list
OPERATORS = ("exists", *NUMBER_OPERATORS, *STRING_OPERATORS, *LIST_OPERATORS)
TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")

BLANKS = re.compile(r"[ \t\b\r\n]+")
NOT = re.compile(r"not[ \t\n\v\f\r]+")
IDENTIFIER = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
FIELD_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
FIELD_ARGUMENT = re.compile(r"[^\]\[\"' \t\n\v\f\r]+")
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?")
BARE_STRING = re.compile(r"[^()\"' \t\n\v\f\r=,]+")
# a quote ends at the next one of its kind that has no backslash before it (also not an escaped one: "a\\" stays open)
QUOTED = {q: re.compile(q + r".*?(?<!\\)" + q, re.DOTALL) for q in "\"'"}
TRANSFORMER = re.compile("(?:" + "|".join(TRANSFORMERS) + r")\(")
KEYWORD_FOLLOWS = re.compile(r"(?:and|or|not)(?![a-zA-Z0-9])")

# comparisons with one bare word, or with a list of bare words and of quoted strings without escapes
_BLANK = r"[ \t\b\r\n]"
_PLAIN_QUOTED = r"\"[^\"\\]*\"|'[^'\\]*'"
_ITEM = f"(?:{BARE_STRING.pattern}|{_PLAIN_QUOTED})"
USUAL_CHECK = re.compile(
    rf"(?P<field>(?>{FIELD_NAME.pattern})){_BLANK}*(?:"
    rf"(?:(?P<op>=|!=){_BLANK}*|(?P<name>startswith|endswith|contains|icontains|glob){_BLANK}+)"
    rf"(?P<word>{BARE_STRING.pattern}+)(?!\()"
    rf"|in{_BLANK}*(?P<list>\({_BLANK}*{_ITEM}{_BLANK}*(?:,{_BLANK}*{_ITEM}{_BLANK}*)*\)))"
)
LIST_ITEM = re.compile(rf"(?P<bare>{BARE_STRING.pattern})|{_PLAIN_QUOTED}")

ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", " ": "\\", "\\": "\\", "/": "/"}
UNESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
NEEDS_QUOTES = re.compile("[\b\f\n\r\t =\\\\\"'\0]")


def line_column(text: str, index: int) -> tuple[int, int]:
    """Line and column of a position, both from 1; \\r and \\n both end a line."""
    head = text[:index]
    start = max(head.rfind("\n"), head.rfind("\r")) + 1
    return head.count("\n") + head.count("\r") + 1, index - start + 1


def error_at(message: str, text: str, index: int, hint: str = "") -> FilterError:
    """A FilterError about a position (in bytes) of byte text, whose caret is right for multi-byte characters too."""
    return FilterError(message, to_display(text), len(to_display(text[:index])), hint)


class FilterSyntaxError(FilterError):
    """A filter does not parse: the message names the position, as the reference does.

    reason   the message without the position
    at       index in the byte text
    """

    def __init__(self, reason: str, text: str, at: int) -> None:
        line, column = line_column(text, at)
        message = f"filter error at index {at}, line {line}, column {column}: {reason}"
        super().__init__(message, to_display(text), len(to_display(text[:at])))
        self.reason = reason
        self.at = at


def quote(value: str) -> str:
    """A value as filter text: quoted if it has to be, as the reference prints it in rule descriptions."""
    if not NEEDS_QUOTES.search(value):
        return value
    return '"' + "".join(UNESCAPES.get(c, c) for c in value) + '"'


def literal(value: str) -> str:
    r"""Byte text as a value in a filter, also in a list; what is not plain is `\xNN`, byte for byte, quotes and backslashes, too:
    a quote behind a backslash does not end a text, whatever stands before."""
    if re.fullmatch(r"[A-Za-z0-9_./:-]+", value):
        return value
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" for c in value) + '"'


def unquote(token: str) -> str:
    """The value of a quoted string. Raises ValueError with the reference's message."""
    body = token[1:-1]
    if "\\" not in body:
        return body
    out: list[str] = []
    i = 0
    while i < len(body):
        at = body.find("\\", i)
        if at < 0 or at + 1 >= len(body):
            out.append(body[i : at if at >= 0 else len(body)])
            break
        out.append(body[i:at])
        c = body[at + 1]
        i = at + 2
        if c in ESCAPES:
            out.append(ESCAPES[c])
        elif c in "\"'":
            if c != token[0]:
                raise ValueError(f"invalid \\{c} escape in {token[0]}-quoted string")
            out.append(c)
        elif c == "x":
            digits = body[i : i + 2]
            if len(digits) < 2:
                raise ValueError("truncated hex char escape sequence")
            if not all(d in "0123456789abcdefABCDEF" for d in digits):
                raise ValueError(f"invalid hex char escape sequence: {digits}")
            out.append(chr(int(digits, 16)))
            i += 2
        else:
            raise ValueError(f"unsupported string escape sequence: \\{c}")
    return "".join(out)


class Scanner:
    """A cursor over byte text.

    text    the filter
    pos     index of the next character
    last    the last token that was taken (error messages name it)
    """

    __slots__ = ("last", "pos", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.last = ""

    def error(self, message: str) -> FilterSyntaxError:
        """A syntax error at the cursor."""
        return FilterSyntaxError(message, self.text, self.pos)

    def at_end(self) -> bool:
        """Whether everything was taken."""
        return self.pos == len(self.text)

    def blank(self) -> bool:
        """Skip blanks; whether there were any."""
        m = BLANKS.match(self.text, self.pos)
        if m is None:
            return False
        self.pos = m.end()
        return True

    def literal(self, token: str) -> bool:
        """Take exactly this text."""
        if not self.text.startswith(token, self.pos):
            return False
        self.pos += len(token)
        self.last = token
        return True

    def pattern(self, regex: re.Pattern[str]) -> bool:
        """Take what the pattern matches here."""
        m = regex.match(self.text, self.pos)
        if m is None:
            return False
        self.pos = m.end()
        self.last = m.group()
        return True

    def quoted(self) -> bool:
        """Take a quoted string; `last` is its value."""
        if self.text[self.pos : self.pos + 1] not in QUOTED:
            return False
        start = self.pos
        if not self.pattern(QUOTED[self.text[start]]):
            return False
        try:
            self.last = unquote(self.last)
        except ValueError as e:
            raise self.error(str(e)) from None
        return True

    def operator(self, operators: tuple[str, ...], spaced: bool = False) -> bool:
        """Take the first of the operators that is here; with `spaced`, words must be followed by a blank (also taken)."""
        for op in operators:
            if self.text.startswith(op, self.pos):
                if not (spaced and op[0].isalpha()):
                    self.pos += len(op)
                    self.last = op
                    return True
                m = BLANKS.match(self.text, self.pos + len(op))
                if m is not None:
                    self.pos = m.end()
                    self.last = op
                    return True
        return False
