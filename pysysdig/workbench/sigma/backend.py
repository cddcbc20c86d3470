"""pySigma's backend for Falco: detections to conditions. Importing this needs pySigma (the extra `sigma`).

Sigma compares without regard to case unless it is told to; `tolower` and the operators beginning with i do that here. What
cannot be said is refused, by NotHere.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sigma.conditions import ConditionFieldEqualsValueExpression, ConditionItem, ConditionValueExpression
from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.types import CompareOperators, SigmaString, SpecialChars

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.filter import compile_filter
from pysysdig.filter.tokens import quote
from pysysdig.workbench.sigma.fields import CATEGORIES, INITIATED, Category, Here

_PLAIN_GLOB = re.compile(r"[^\\\[\]{}]*")
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": "[:space:]"}
_BEYOND = re.compile(r"[DWSbBAZzpPkKgGhHvVRXcCuUxoQE0-9]")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]+(/\d+)?")


class NotHere(Exception):
    """Something that Sigma says and Falco cannot; str() is why."""


class FalcoBackend(TextQueryBackend):
    """Conditions of Falco.

    notes  in what the last conversion is not quite what the rule says
    """

    name: ClassVar[str] = "Falco"
    formats: ClassVar[dict[str, str]] = {"default": "Conditions of Falco's rules"}
    requires_pipeline: ClassVar[bool] = False
    precedence: ClassVar[Any] = TextQueryBackend.precedence
    group_expression: ClassVar[str] = "({expr})"
    or_token: ClassVar[str] = "or"
    and_token: ClassVar[str] = "and"
    not_token: ClassVar[str] = "not"
    eq_token: ClassVar[str] = "="
    convert_or_as_in: ClassVar[bool] = False
    convert_and_as_in: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, None] = {}
        self._category: Category = next(iter(CATEGORIES.values()))

    def condition(self, rule: SigmaRule) -> str:
        """The condition of a rule, that for its kind of events included. Raises NotHere, SigmaError."""
        self._category = CATEGORIES[str(rule.logsource.category)]
        self.notes = dict.fromkeys([self._category.note] if self._category.note else [])
        texts = [str(self.convert_condition(parsed.parsed, ConversionState())) for parsed in rule.detection.parsed_condition]
        joined = texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
        return f"{self._category.condition} and ({joined})"

    def _field(self, name: str) -> Here:
        found = self._category.fields.get(name)
        if found is None:
            raise NotHere(f"there is no field like {name}")
        if found.note:
            self.notes[found.note] = None
        return found

    # --- comparisons

    def convert_condition_field_eq_val_str(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        return self._string(cond, cased=False)

    def convert_condition_field_eq_val_str_case_sensitive(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        return self._string(cond, cased=True)

    def _string(self, cond: ConditionFieldEqualsValueExpression, *, cased: bool) -> str:
        value = cond.value
        assert isinstance(value, SigmaString)
        if cond.field == INITIATED:
            return self._initiated(str(value))
        field = self._field(cond.field)
        parts = list(value.s)
        if not field.text:
            text = "".join(map(str, parts))
            if not _ADDRESS.fullmatch(text):
                raise NotHere(f"{cond.field} is compared with {text}")
            return f"{field.name} = {text}"
        if any(not isinstance(part, (str, SpecialChars)) for part in parts):
            raise NotHere("a placeholder")
        return _text_check(field.name, parts, cased)

    def _initiated(self, value: str) -> str:
        if value.lower() != "true":
            raise NotHere("connections from elsewhere are seen when they are accepted, not when they are made")
        return "evt.type = connect"

    def convert_condition_field_eq_val_num(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        field = self._field(cond.field)
        return f"{field.name} = {cond.value}"

    def convert_condition_field_eq_val_bool(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        if cond.field == INITIATED:
            return self._initiated(str(bool(cond.value)))
        raise NotHere(f"{cond.field} is compared with a boolean")

    def convert_condition_field_eq_val_re(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        field, pattern = self._field(cond.field), str(_value(cond).regexp)
        if getattr(cond.value, "flags", None):
            raise NotHere("a regular expression with flags")
        pattern = _posix(pattern)
        start = "" if pattern.startswith("^") else ".*"
        end = "" if pattern.endswith("$") and not pattern.endswith("\\$") else ".*"
        inner = pattern.removeprefix("^")
        inner = inner if end else inner[:-1]
        return f"{field.name} regex {_quoted(f'{start}({inner}){end}')}"

    def convert_condition_field_eq_val_cidr(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        nets = {"DestinationIp": "fd.rnet", "SourceIp": "fd.lnet"}
        if cond.field not in nets or cond.field not in self._category.fields:
            raise NotHere(f"{cond.field} is compared with a network")
        return f"{nets[cond.field]} = {_value(cond).cidr}"

    def convert_condition_field_compare_op_val(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        signs = {CompareOperators.LT: "<", CompareOperators.LTE: "<=", CompareOperators.GT: ">", CompareOperators.GTE: ">="}
        field, sign = self._field(cond.field), signs.get(_value(cond).op)
        if sign is None or field.text:
            raise NotHere(f"{cond.field} is compared by order")
        return f"{field.name} {sign} {_value(cond).number}"

    def convert_condition_field_eq_val_null(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        return f"not {self._field(cond.field).name} exists"

    def convert_condition_field_eq_val_exists(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        return f"{'' if bool(cond.value) else 'not '}{self._field(cond.field).name} exists"

    # --- what cannot be said

    def convert_condition_field_eq_field(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        raise NotHere("two fields are compared")

    def convert_condition_field_eq_val_timestamp_part(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        raise NotHere("parts of a time are compared")

    def convert_condition_field_eq_query_expr(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        raise NotHere("it has an expression of another language")

    def convert_condition_val(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        raise NotHere("it looks for words anywhere in a log line")

    def convert_condition_val_str(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        return self.convert_condition_val(cond, state)

    def convert_condition_val_num(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        return self.convert_condition_val(cond, state)

    def convert_condition_val_re(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        return self.convert_condition_val(cond, state)


def _value(cond: ConditionFieldEqualsValueExpression) -> Any:
    """The value, of the kind that the method which asks is for."""
    return cond.value


def _text_check(field: str, parts: list[Any], cased: bool) -> str:
    """A comparison of text with a pattern: texts, and SpecialChars for `*` and `?`."""
    wild = [isinstance(part, SpecialChars) for part in parts]
    single = SpecialChars.WILDCARD_SINGLE in parts
    texts = [part for part in parts if isinstance(part, str)]
    subject = field if cased else f"tolower({field})"
    word = _quoted(texts[0] if cased else _lower(texts[0])) if len(texts) == 1 else ""
    if not parts or not any(wild):
        return f"{subject} = {word or _quoted('')}"
    if not texts and not single:
        return f"{field} exists"
    if len(texts) == 1 and not single:
        match wild:
            case [True, False, True]:
                return f"{field} {'contains' if cased else 'icontains'} {_quoted(texts[0])}"
            case [True, False]:
                return f"{subject} endswith {word}"
            case [False, True]:
                return f"{subject} startswith {word}"
    if not all(_PLAIN_GLOB.fullmatch(text) for text in texts) or any(c in text for text in texts for c in "*?"):
        raise NotHere("a pattern with brackets or backslashes")
    signs = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    pattern = "".join(part if isinstance(part, str) else signs[part] for part in parts)
    return f"{field} {'glob' if cased else 'iglob'} {_quoted(pattern)}"


def _posix(pattern: str) -> str:
    """A regular expression of Perl's kind as POSIX's, which matches the same texts. Raises NotHere."""
    out: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        char, following = pattern[at], pattern[at + 1 : at + 2]
        step = 1
        if char == "\\":
            step = 2
            if following in _CLASSES:
                char = _CLASSES[following] if inside else f"[{_CLASSES[following]}]"
            elif not following or _BEYOND.fullmatch(following):
                raise NotHere("a regular expression beyond POSIX")
            else:
                char += following
        elif inside:
            inside = char != "]"
        elif char == "[":
            inside = True
        elif pattern.startswith("(?:", at):
            char, step = "(", 3
        elif pattern.startswith("(?", at):
            raise NotHere("a regular expression with flags, or that looks around")
        elif char in "*+?}" and following in ("?", "+"):
            if following == "+":
                raise NotHere("a regular expression beyond POSIX")
            step = 2  # what is taken first makes no difference to whether there is a match
        out.append(char)
        at += step
    return "".join(out)


def _lower(text: str) -> str:
    """As tolower does: ASCII letters."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def _quoted(text: str) -> str:
    """A constant of a condition. Raises NotHere for what cannot stand there."""
    if not text.isprintable():
        raise NotHere("a control character in a text")
    word = to_display(quote(from_user(text)))
    word = word if word[:1] == '"' else f'"{word}"'
    try:
        compile_filter(f"proc.name = {word}", CURRENT)
    except FilterError:
        raise NotHere(f"a text that conditions cannot hold: {text[:40]}") from None
    return word


__all__ = ["ConditionItem", "FalcoBackend", "NotHere", "SigmaError"]
