"""Alerts from Falco's JSON: what http_output posts, and what files and journals hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pysysdig.alerts.model import Alert
from pysysdig.eventsources.timestamps import nanoseconds
from pysysdig.rules.model import PRIORITIES, parse_priority

_PREFIX = re.compile(rf"^\S+(?: \S+)?: (?:{'|'.join(PRIORITIES)}) ")  # time and priority, before the text


def parsed(body: str | bytes, hostname: str) -> Alert:
    """The alert in a JSON text. Raises ValueError, TypeError, KeyError or RecursionError if there is none.

    hostname  of an alert that names none: Falco's have had one since 0.32

    Unlike falcosidekick's it may be without output_fields: those of `json_include_output_fields_property: false` have none, and
    neither has the alert about a reload that failed.
    """
    return alert_of(value_of(body), hostname)


class NotFinite(ValueError):
    """A text says NaN or the like, which is no JSON, or a number that is too large."""


def value_of(text: str | bytes) -> Any:
    """What a JSON text says. Raises ValueError, RecursionError; NotFinite where another reader of JSON would find something."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return _DECODER.decode(text)


def alert_of(found: Any, hostname: str) -> Alert:
    """The alert that such a value is; see `parsed`."""
    if not isinstance(found, dict):
        raise TypeError("not an object")
    priority = parse_priority(_text(found["priority"]))
    rule = _text(found["rule"])
    if priority is None or not rule:
        raise ValueError("no rule, or a priority that there is not")
    fields, tags = found.get("output_fields"), found.get("tags")
    fields, tags = {} if fields is None else fields, [] if tags is None else tags
    if not isinstance(fields, dict) or not isinstance(tags, list):
        raise TypeError("fields or tags are something else")
    text = _PREFIX.sub("", _text(found.get("output", found.get("message", ""))), count=1)
    host = _text(found.get("hostname") or "") or hostname
    source = _text(found.get("source") or "syscall")
    uuid = _text(found.get("uuid") or "")
    values = {name: _field(fields[name]) for name in sorted(fields)}
    return Alert(nanoseconds(found["time"]), priority, rule, source, tuple(sorted(map(str, tags))), host, text, values, uuid)


def _no_number(word: str) -> None:
    raise NotFinite(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotFinite(text)
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)  # making one takes as long as a line


def _field(value: Any) -> Any:
    """A value as alerts have them: one, or a list of them; anything else as text."""
    if isinstance(value, list) and not any(isinstance(part, (list, dict)) for part in value):
        return value
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
