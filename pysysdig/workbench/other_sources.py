"""Events of other sources than the kernel in synthetic tests: what a test says of one, and what a trace holds."""

from __future__ import annotations

import json
import re
from math import inf
from typing import Any

from pysysdig.eventsources.model import Event, EventSource
from pysysdig.eventsources.shape import TEXT, mistake
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, Node
from pysysdig.workbench.reading import Place

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False}


def made(source: EventSource, place: Place, key: Node, value: Node, time: int) -> Event:
    """The event that an entry of a test says: a record of the source as text, or the JSON of one as YAML. time: ns. Raises
    TestFileError."""
    if value.kind == SCALAR:
        record = value.text
    else:
        said = _plain(value)
        _check(source, place, value, said)
        record = json.dumps(source.completed(said, time), ensure_ascii=False)
    try:
        found = list(source.events(record.encode("utf-8", "replace")))
    except ValueError as error:
        raise place.error(key, f"this is no event of {source.name}: {error}") from None
    if len(found) != 1:
        raise place.error(key, f"these are {len(found)} events of {source.name}; one is wanted")
    return found[0]


def _check(source: EventSource, place: Place, node: Node, said: Any) -> None:
    """Raises TestFileError where a record is not what records of the source are."""
    wrong = mistake(source.shape, said) if isinstance(said, dict) else None  # an array is for the source itself to judge
    if wrong is None:
        return
    name, key = source.name, node
    for step in wrong.path:
        if isinstance(step, int):
            key = node = node.items[step]
            name += f"[{step}]"
        else:
            key, node = next(pair for pair in node.pairs if pair[0].text == step)
            name += f".{step}"
    if not wrong.wanted:
        raise place.unknown(key, f"key of {name.rpartition('.')[0]}", key.text, wrong.known)
    quoted = wrong.wanted == TEXT and node.kind == SCALAR
    raise place.error(node, f"{name} must be {wrong.wanted}", f'"{node.text}" is a text' if quoted else "")


def _plain(node: Node) -> Any:
    """A node as JSON: plain true, false and numbers are what they look like, everything else is text."""
    if node.kind == NULL:
        return None
    if node.kind == SCALAR:
        if node.style:
            return node.text
        if node.text in _WORDS:
            return _WORDS[node.text]
        number = json.loads(node.text) if _NUMBER.fullmatch(node.text) else inf
        return node.text if abs(number) == inf else number
    if node.kind == MAPPING:
        return {name: _plain(value) for name, value in node.entries.items()}
    return [_plain(item) for item in node.items]


class Written:
    """An event as a test file has it: `text` is YAML, that of a record as text where its JSON is not what tests may say."""

    __slots__ = ("text",)

    def __init__(self, source: EventSource, data: bytes) -> None:
        """data: what a capture keeps of it. Raises ValueError."""
        decoded = source.decode(data)
        shown = decoded if isinstance(decoded, dict) else data.decode("utf-8", "replace")
        text = json.dumps(shown, ensure_ascii=False)
        if mistake(source.shape, decoded) is not None:
            text = json.dumps(text, ensure_ascii=False)
        self.text = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text if not "\ud800" <= c <= "\udfff")
