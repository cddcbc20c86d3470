"""The exceptions of a rule, read from its item."""

from __future__ import annotations

from collections import Counter

from pysysdig.rules.model import Entry, RuleException
from pysysdig.rules.results import APPEND_NO_VALUES, EXCEPTION_NAME_NOT_UNIQUE, Context, FileResult
from pysysdig.rules.values import Values, error
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, SEQUENCE, Node


def read_exceptions(reader: Values, item: Node, parent: Context, result: FileResult, *, append: bool) -> list[RuleException]:
    """What is under `exceptions` of a rule; `append`: it is to be added to exceptions that may be there already.

    Raises LoadError.
    """
    node = item.get("exceptions")
    if node is None or node.kind == NULL:
        return []
    context = reader.context(parent, "exceptions", "", node)
    if node.kind != SEQUENCE:
        raise error("Rule exceptions must be a sequence", context)
    out: list[RuleException] = []
    names: Counter[str] = Counter()
    for entry in node.items:
        where = reader.context(context, "exception", "", entry)
        if entry.kind != MAPPING:
            raise error("Rule exception must be a mapping", where)
        name = reader.scalar(entry, "name", where)
        where = reader.context(parent, "exception", name, entry)
        for _ in range(min(names[name], result.room)):  # one warning for each earlier one, as in the reference
            message = f"Multiple definitions of exception '{name}' in the same rule"
            result.warn(EXCEPTION_NAME_NOT_UNIQUE, message, where)
        names[name] += 1
        out.append(_exception(reader, entry, name, where, result, append))
    return out


def _exception(reader: Values, node: Node, name: str, context: Context, result: FileResult, append: bool) -> RuleException:
    fields = node.get("fields")
    if fields is None and not append:
        raise error("Item has no mapping for key 'fields'", context)
    comps = node.get("comps")
    new = RuleException(
        name,
        _entry(reader, fields, reader.context(context, "value for", "fields", fields)) if fields else None,
        _entry(reader, comps, reader.context(context, "value for", "comps", comps)) if comps else None,
        [],
        context,
    )
    values = node.get("values")
    if values is not None:
        where = reader.context(context, "exception values", "", values)
        if values.kind != SEQUENCE:
            raise error("Rule exception values must be a sequence", where)
        for value in values.items:
            inner = reader.context(where, "exception value", "", value)
            new.values.append(_entry(reader, value, reader.context(inner, "value for", "", value)))
    elif append:
        result.warn(APPEND_NO_VALUES, "Overriding/appending exception with no values", context)
    return new


def _entry(reader: Values, node: Node, context: Context) -> Entry:
    """A scalar or a sequence of entries; anything else is an empty scalar."""
    if node.kind == SCALAR and not node.text:
        raise error("Value must be non-empty", context)
    if node.kind != SEQUENCE:
        return Entry(node.text if node.kind == SCALAR else "")
    items = []
    for item in node.items:
        where = reader.context(context, "exception", "", item)
        items.append(_entry(reader, item, reader.context(where, "value for", "", item)))
    return Entry("", items)
