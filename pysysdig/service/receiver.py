"""Alerts that others post: falcosidekick's server, so that one collector does for a fleet.

`POST /` takes what Falco's http_output sends, and answers once the alert is accepted (falcosidekick: before anything is
delivered). `POST /test` sends the test alert to all outputs; GET /ping, /healthz.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.model import Alert, host_name
from pysysdig.rules.model import PRIORITIES, parse_priority
from pysysdig.service.trial import alert as test_alert
from pysysdig.service.web import PLAIN, Answer, Page

if TYPE_CHECKING:
    from pysysdig.service.meters import Meters

MOST_BYTES = 1 << 20  # of a body
_BAD, _NOT_POST = "Please send a valid request body\n", "Please send with post http method\n"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)")
_PREFIX = re.compile(rf"^\S+(?: \S+)?: (?:{'|'.join(PRIORITIES)}) ")  # time and priority, before the text
_ALIASES = {"info": "informational"}


class Receiver:
    """Takes alerts and hands them on."""

    def __init__(self, send: Callable[[Sequence[Alert]], None], meters: Meters) -> None:
        """send: where alerts go; it returns once they are accepted."""
        self._send = send
        self._meters = meters

    def pages(self) -> dict[str, Page]:
        """For GET."""
        return {
            "/": lambda: Answer(_NOT_POST, PLAIN, 400),
            "/ping": lambda: Answer("pong\n", PLAIN),
            "/healthz": lambda: Answer('{"status": "ok"}'),
        }

    def posts(self) -> dict[str, Callable[[bytes], Answer]]:
        """For POST."""
        return {"/": self.take, "/test": lambda _: self._test()}

    def take(self, body: bytes) -> Answer:
        """An alert as Falco's JSON."""
        try:
            alert = parsed(body)
        except (ValueError, TypeError, KeyError, RecursionError):
            self._meters.rejected += 1
            return Answer(_BAD, PLAIN, 400)
        self._meters.accepted += 1
        self._send([alert])
        return Answer("", PLAIN)

    def _test(self) -> Answer:
        self._send([test_alert()])
        return Answer("", PLAIN)


def parsed(body: bytes) -> Alert:
    """The alert in a body. Raises ValueError, TypeError or KeyError if there is none.

    Unlike falcosidekick's it may be without output_fields: those of `json_include_output_fields_property: false` have none, and
    neither has the alert about a reload that failed.
    """
    found = json.loads(body, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    word = _text(found["priority"]).lower()
    priority = parse_priority(_ALIASES.get(word, word))
    rule = _text(found["rule"])
    if priority is None or not rule:
        raise ValueError("no rule, or a priority that there is not")
    fields, tags = found.get("output_fields"), found.get("tags")
    fields, tags = {} if fields is None else fields, [] if tags is None else tags
    if not isinstance(fields, dict) or not isinstance(tags, list):
        raise TypeError("fields or tags are something else")
    text = _PREFIX.sub("", _text(found.get("output", found.get("message", ""))), count=1)
    host = _text(found.get("hostname") or "") or host_name()
    source = _text(found.get("source") or "syscall")
    uuid = _text(found.get("uuid") or "")
    values = {name: _field(fields[name]) for name in sorted(fields)}
    return Alert(_ns(_text(found["time"])), priority, rule, source, tuple(sorted(map(str, tags))), host, text, values, uuid)


def _no_number(word: str) -> None:
    """NaN and the like are no JSON."""
    raise ValueError(word)


def _field(value: Any) -> Any:
    """A value as alerts have them: one, or a list of them; anything else as text."""
    if isinstance(value, list) and not any(isinstance(part, (list, dict)) for part in value):
        return value
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _ns(text: str) -> int:
    """RFC 3339 as ns since the epoch."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time")
    moment = datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4].upper().replace('Z', '+00:00')}")
    seconds = int(moment.timestamp())
    if seconds < 0:
        raise ValueError("before 1970")
    return seconds * 10**9 + int((found[3] or "").ljust(9, "0"))
