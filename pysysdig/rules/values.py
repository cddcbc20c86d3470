"""Values of keys in rule files: scalars, switches, numbers, sequences, each with the reference's errors and places."""

from __future__ import annotations

import re

from pysysdig.rules.model import parse_priority
from pysysdig.rules.results import YAML_VALIDATE, Context, LoadError, Problem
from pysysdig.rules.yamldoc import NULL, SCALAR, SEQUENCE, Document, Node

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
_BOOLEANS = {w: v for v, words in ((True, ("y", "yes", "true", "on")), (False, ("n", "no", "false", "off"))) for w in words}


def parse_boolean(text: str) -> bool | None:
    """A YAML boolean in lower, upper or title case; None: it is none."""
    return _BOOLEANS.get(text.lower()) if text in (text.lower(), text.upper(), text.capitalize()) else None


def parse_unsigned(text: str) -> int | None:
    """An unsigned number of 32 bits, decimal, hexadecimal or (leading 0) octal; None: it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = int(text, 16 if text[:2] in ("0x", "0X") else 8 if text[0] == "0" else 10) if len(text) < 20 else -1
    except ValueError:
        return None
    return number if 0 <= number < 1 << 32 else None


def error(message: str, context: Context) -> LoadError:
    """The structure of an item is wrong."""
    return LoadError(Problem(YAML_VALIDATE, message, context))


class Values:
    """Takes values out of the items of one document. All methods raise LoadError."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def context(self, parent: Context, item_type: str, name: str, node: Node) -> Context:
        """The place of a node within that of its parent."""
        return parent.inside(item_type, name, self.document.position(node))

    def scalar(self, item: Node, key: str, context: Context) -> str:
        """A value that has to be there and must not be empty."""
        node = item.get(key)
        if node is None:
            raise error(f"Item has no mapping for key '{key}'", context)
        if node.kind == NULL:
            raise error(f"Mapping for key '{key}' is empty", context)
        if node.kind != SCALAR:
            raise error("Value is not a scalar value", self.context(context, "value for", key, node))
        if not node.text:
            raise error("Value must be non-empty", self.context(context, "value for", key, node))
        return node.text

    def switch(self, item: Node, key: str, context: Context) -> bool:
        """A boolean."""
        value = parse_boolean(self.scalar(item, key, context))
        if value is None:
            raise self.undecodable(item, key, context, "write true or false")
        return value

    def unsigned(self, item: Node, key: str, context: Context) -> int:
        """A number of 32 bits."""
        value = parse_unsigned(self.scalar(item, key, context))
        if value is None:
            raise self.undecodable(item, key, context, "write a number")
        return value

    def undecodable(self, item: Node, key: str, context: Context, hint: str) -> LoadError:
        """A scalar is not of the wanted type."""
        node = item.entries[key]
        where = self.context(context, "value for", key, node)
        return LoadError(Problem(YAML_VALIDATE, "Can't decode YAML scalar value", where, hint))

    def strings(self, item: Node, key: str, context: Context) -> list[str]:
        """A sequence of scalars."""
        node = item.get(key)
        if node is None:
            raise error(f"Item has no mapping for key '{key}'", context)
        where = self.context(context, "value for", key, node)
        if node.kind != SEQUENCE:
            raise error("Value is not a sequence", where)
        for value in node.items:
            if value.kind != SCALAR:
                raise error("sequence value is not scalar", self.context(where, "list item", "", value))
        return [value.text for value in node.items]

    def priority(self, item: Node, context: Context) -> int:
        """The number of a priority."""
        number = parse_priority(self.scalar(item, "priority", context))
        if number is None:
            where = self.context(context, "rule priority", "", item.entries["priority"])
            hint = "one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO and DEBUG"
            raise LoadError(Problem(YAML_VALIDATE, "Invalid priority", where, hint))
        return number
