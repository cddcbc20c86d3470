"""Loaded rules as data, kept from one run to the next: loading is most of a short run's time.

Kept are the rules with their trees, as far as alerts need them, what is known of these before they are compiled, and what was to
be said about the files. The key is made of the files' names and contents, of what is appended to outputs, and of the version of
pysysdig and its sources.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack
import numpy as np

from pysysdig import __version__, cache
from pysysdig.events.table import CURRENT, N_TYPES
from pysysdig.filter import ast
from pysysdig.rules.appended import AppendOutput, ExtraField
from pysysdig.rules.engine_outline import Outline, outlines
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.results import file_context
from pysysdig.state.levels import ORDERS
from pysysdig.trace.values import NOT_MSGPACK

if TYPE_CHECKING:
    from pysysdig.filter.ast import Expr

_KIND = "rules"
_MAX_READ = 64 << 20  # of a file; the limit for rules is far below
_FORMAT = 3
_PLAIN = (
    "source", "catalogue", "enabled", "capture", "capture_duration", "warn_evttypes", "skip_if_unknown_filter", "tags",
    "output_compiled", "exception_fields", "unknown_source", "index", "visibility",
)  # fmt: skip
# the nodes of trees, and what their attributes are: text (or None), a node (or None), nodes
_TEXT, _NODE, _NODES = range(3)
_NODE_KINDS: tuple[tuple[type[Any], tuple[tuple[str, int], ...]], ...] = (
    (ast.And, (("terms", _NODES),)),
    (ast.Or, (("terms", _NODES),)),
    (ast.Not, (("term", _NODE),)),
    (ast.Identifier, (("name", _TEXT),)),
    (ast.Value, (("text", _TEXT),)),
    (ast.ListExpr, (("values", _NODES),)),
    (ast.TransformerList, (("items", _NODES),)),
    (ast.FieldExpr, (("name", _TEXT), ("arg", _TEXT))),
    (ast.Transformer, (("name", _TEXT), ("args", _NODES), ("arg", _TEXT))),
    (ast.Check, (("left", _NODE), ("op", _TEXT), ("modifier", _TEXT), ("right", _NODE))),
)
_KIND_OF = {cls: number for number, (cls, _) in enumerate(_NODE_KINDS)}


class Stored(NamedTuple):
    """Rules, and what is said about their files before they are used."""

    rules: list[Rule]
    remarks: list[str]


def contents(paths: Sequence[str]) -> list[tuple[str, bytes]] | None:
    """(name, content) of each file; None if one of them cannot be read twice, or not at all, which loading it will tell."""
    out = []
    try:
        for path in paths:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return None
            with open(path, "rb") as file:
                out.append((path, file.read(_MAX_READ)))
    except (OSError, ValueError):
        return None
    return out


def key(files: Sequence[tuple[str, bytes]], append_output: Sequence[AppendOutput]) -> str:
    """Under which the rules of these files are kept."""
    digest = hashlib.sha256()
    parts: list[Any] = [_FORMAT, __version__, _sources()]
    for entry in append_output:
        values = (getattr(entry, name) for name in AppendOutput.__slots__)
        parts.append([sorted(v) if isinstance(v, set) else v for v in values])
    for part in (*parts, *(part for file in files for part in file)):
        data = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _sources() -> list[tuple[str, int, int]]:
    """What changes when somebody works on the modules that decide what rules amount to."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    out = []
    for name in ("rules", "filter", "fields", "eventsources"):
        with os.scandir(os.path.join(package, name)) as entries:
            out += [(e.name, e.stat().st_mtime_ns, e.stat().st_size) for e in entries if e.name.endswith(".py")]
    return sorted(out)


def load(key_: str) -> Stored | None:
    """The rules that are kept under a key."""
    data = cache.read(_KIND, key_)
    if data is None:
        return None
    try:
        return unpack(data)
    except (*NOT_MSGPACK, ValueError, TypeError, KeyError, IndexError, AttributeError):  # not written by this program
        return None


def keep(key_: str, stored: Stored) -> None:
    """Keep rules for the next time."""
    with contextlib.suppress(UnicodeEncodeError):  # text that is none
        cache.write(_KIND, key_, pack(stored))


def pack(stored: Stored) -> bytes:
    """Rules as msgpack."""
    nodes: list[list[Any]] = []
    numbers: dict[int, int] = {}

    def number(node: Expr | None) -> int:
        if node is None:
            return -1
        known = numbers.get(id(node))
        if known is None:
            kind = _KIND_OF[type(node)]
            item: list[Any] = [kind, node.pos]
            for name, form in _NODE_KINDS[kind][1]:
                value = getattr(node, name)
                item.append(value if form == _TEXT else number(value) if form == _NODE else [number(v) for v in value])
            known = numbers[id(node)] = len(nodes)
            nodes.append(item)
        return known

    loaded = [r for r in stored.rules if r.ast is not None]
    for rule, outline in zip(loaded, outlines(loaded, CURRENT), strict=True):
        rule.outline = outline  # who compiles them next need not find out again
    rules = [
        [
            r.name, r.condition, r.output, r.description, r.priority, number(r.ast), _packed(r.outline),
            {name: list(extra) for name, extra in r.extra_fields.items()}, [getattr(r, name) for name in _PLAIN],
        ]
        for r in stored.rules
    ]  # fmt: skip
    packed: bytes = msgpack.packb([nodes, rules, stored.remarks])
    return packed


def unpack(data: bytes) -> Stored:
    """The inverse. Raises ValueError, TypeError, KeyError, IndexError or AttributeError if it is something else."""
    items, rules, remarks = msgpack.unpackb(data)
    nodes: list[Expr] = []
    for kind, pos, *values in items:
        cls, attributes = _NODE_KINDS[kind]
        given: list[Any] = []
        for (_, form), value in zip(attributes, values, strict=True):
            if form == _TEXT:
                given.append(value if value is None else _a(str, value))
            elif form == _NODE:
                given.append(nodes[value] if value >= 0 else None)
            else:
                given.append(tuple([nodes[v] for v in value]))
        nodes.append(cls(*given, _a(int, pos)))
    place = file_context("")
    out = []
    for *texts, priority, tree, outline, extra, plain in rules:
        name, condition, output, description = (_a(str, text) for text in texts)
        rule = Rule(name, condition, output, description, range(len(PRIORITIES))[priority], place, place, place)
        if tree >= 0:
            rule.ast = nodes[tree]
            rule.outline = _outline(rule.ast, *outline)
        rule.extra_fields = {_a(str, key): ExtraField(_a(str, text), _a(bool, raw)) for key, (text, raw) in extra.items()}
        for attribute, value in zip(_PLAIN, plain, strict=True):
            setattr(rule, attribute, _a(type(getattr(rule, attribute)), value))
        for texts in (rule.tags, rule.exception_fields):
            "".join(texts)
        out.append(rule)
    return Stored(out, [_a(str, remark) for remark in remarks])


def _packed(outline: Outline | None) -> tuple[bytes, int] | None:
    return None if outline is None else (np.packbits(outline.tried).tobytes(), outline.needs)


def _outline(tree: Expr, tried: bytes, needs: int) -> Outline:
    """Raises ValueError, TypeError."""
    if len(tried) != (N_TYPES + 7) // 8 or needs not in range(ORDERS + 1):
        raise ValueError
    return Outline(tree, np.unpackbits(np.frombuffer(tried, np.uint8), count=N_TYPES).astype(bool), needs)


def _a(kind: type[Any], value: Any) -> Any:
    """The value, which has to be of this type. Raises TypeError."""
    if type(value) is not kind:
        raise TypeError
    return value
