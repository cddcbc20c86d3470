"""What a test expects of its alerts."""

from __future__ import annotations

from collections.abc import Callable

from pysysdig.errors import FilterError
from pysysdig.fields.lookup import lookup
from pysysdig.filter.regex import RegexError
from pysysdig.rules.yamldoc import MAPPING, SCALAR, SEQUENCE, Node
from pysysdig.workbench.model import ANY, NONE, Match, Reason, Want, beginning, containing, exactly, like, one_of
from pysysdig.workbench.reading import Place

_WANT = ("rule", "count", "fields", "output", "at", "order")
_SILENT = ("none", "because")
_MATCHES: dict[str, Callable[[str], Match]] = {"startswith": beginning, "contains": containing, "regex": like}
_MANY = 1 << 31


def wants(place: Place, node: Node) -> tuple[Want, ...]:
    """The expectations of a test: a list of them, or for each event (by its id) the rules that it raises alerts of."""
    if node.kind == SEQUENCE:
        return tuple(_want(place, item) for item in node.items)
    out: list[Want] = []
    for key, value in place.entries(node, "expect").items():
        if _is_silent(value):
            continue
        for item in [value] if value.kind == MAPPING else place.items(value, f"what is expected at {key}"):
            if item.kind == SCALAR:
                out.append(Want(item.text, place.line(item), at=(key,)))
            else:
                out.append(_want(place, item)._replace(at=(key,)))
    return tuple(out)


def reasons(place: Place, node: Node) -> tuple[Reason, ...]:
    """Why there are no alerts, as far as the test says: at ids `{none: true, because: {exception: NAME, row: 0}}`."""
    if node.kind != MAPPING:
        return ()
    out = []
    for key, value in place.entries(node, "expect").items():
        if not _is_silent(value):
            continue
        said = place.mapping(value, f"what is expected at {key}", _SILENT)
        if "none" in said and not place.truth(said["none"], "none"):
            raise place.error(said["none"], "`none: true`, or a list of rules")
        if "because" in said:
            why = place.mapping(said["because"], "because", ("exception", "row", "rule"))
            if "exception" not in why:
                raise place.error(said["because"], "because of which exception?", "because: {exception: NAME, row: 0}")
            row = place.whole(why["row"], "row", _MANY) if "row" in why else -1
            rule = place.text(why["rule"], "rule") if "rule" in why else ""
            out.append(Reason(key, place.line(value), place.text(why["exception"], "exception"), row, rule))
    return tuple(out)


def _is_silent(node: Node) -> bool:
    return node.kind == MAPPING and "rule" not in node.entries


def silent(place: Place, node: Node) -> tuple[tuple[str, int], ...]:
    """The events (id, line) of which exactly what is listed is expected."""
    if node.kind != MAPPING:
        return ()
    return tuple((key.text, place.line(key)) for key, _ in node.pairs)


def others(place: Place, node: Node | None) -> str | tuple[str, ...]:
    """What may be raised besides: ANY, NONE (the default) or names of rules."""
    if node is None:
        return NONE
    if node.kind == SCALAR and node.text in (ANY, NONE):
        return node.text
    return place.texts(node, "others")


def _want(place: Place, node: Node) -> Want:
    if node.kind == SCALAR:
        return Want(node.text, place.line(node))
    entries = place.mapping(node, "an expectation", _WANT)
    if "rule" not in entries:
        raise place.error(node, "an expectation names a rule")
    least, most = _count(place, entries.get("count"))
    fields = {}
    if "fields" in entries:
        for key, value in place.entries(entries["fields"], "fields").items():
            try:
                lookup(key)
            except FilterError as error:
                raise place.error(value, error.message, error.hint) from None
            fields[key] = _match(place, value, f"the value of {key}")
    output = _match(place, entries["output"], "output") if "output" in entries else None
    at = place.texts(entries["at"], "at") if "at" in entries else ()
    strict = False
    if "order" in entries:
        if place.text(entries["order"], "order") not in ("strict", ANY):
            raise place.error(entries["order"], "order is strict or any")
        strict = place.text(entries["order"], "order") == "strict"
    return Want(place.text(entries["rule"], "rule"), place.line(node), least, most, fields, output, at, strict)


def _count(place: Place, node: Node | None) -> tuple[int, int | None]:
    if node is None:
        return 1, 1
    if node.kind == MAPPING:
        bounds = place.mapping(node, "count", ("min", "max"))
        least = place.whole(bounds["min"], "min", _MANY) if "min" in bounds else 0
        return least, place.whole(bounds["max"], "max", _MANY) if "max" in bounds else None
    number = place.whole(node, "count", _MANY)
    return number, number


def _match(place: Place, node: Node, what: str) -> Match:
    if node.kind != MAPPING:
        return exactly(place.text(node, what))
    entries = place.mapping(node, what, ("in", *_MATCHES))
    if len(entries) != 1:
        raise place.error(node, f"{what} is compared in one way: in, {', '.join(_MATCHES)}")
    ((how, value),) = entries.items()
    if how == "in":
        return one_of(place.texts(value, what))
    try:
        return _MATCHES[how](place.text(value, what))
    except RegexError as error:
        raise place.error(value, f"this is no regular expression: {error}") from None
