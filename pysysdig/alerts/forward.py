"""Alerts as falcosidekick forwards them, and what its outputs have in common: which alerts they want, custom fields, the
client."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.alerts.http import Client, Tls
from pysysdig.alerts.model import INTERNAL
from pysysdig.alerts.outputs.base import AlertOutput, Setting
from pysysdig.errors import UsageError
from pysysdig.render import times
from pysysdig.rules.config_tree import at, boolean, items, text
from pysysdig.rules.engine import fits_wildcard
from pysysdig.rules.model import PRIORITIES, parse_priority

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert

AGENT = "Falcosidekick"
JSON_TYPE = "application/json; charset=utf-8"
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_CERTIFICATES = "/etc/certs"


def rfc3339(ns: int) -> str:
    """A time in UTC, without zeros at its end, as Go writes it."""
    seconds, _, part = str(np.datetime64(ns, "ns")).partition(".")
    part = part.rstrip("0")
    return f"{seconds}.{part}Z" if part else f"{seconds}Z"


def output_text(alert: Alert) -> str:
    """What Falco's JSON has as `output`: time and priority before the text, except for alerts about the program."""
    if alert.source == INTERNAL:
        return alert.text
    shown = times.stamps(np.array([alert.time], np.uint64)).items[0]
    return f"{shown}: {PRIORITIES[alert.priority]} {alert.text}"


def forwarded(alert: Alert) -> dict[str, Any]:
    """falcosidekick's object, its keys in order."""
    out: dict[str, Any] = {
        "uuid": alert.uuid,
        "output": output_text(alert),
        "priority": PRIORITIES[alert.priority],
        "rule": alert.rule,
        "time": rfc3339(alert.time),
        "output_fields": {name: alert.fields[name] for name in sorted(alert.fields)},
        "source": alert.source,
    }
    if alert.tags:
        out["tags"] = sorted(alert.tags)
    if alert.hostname:
        out["hostname"] = alert.hostname
    return out


def encoded(value: Any) -> bytes:
    """JSON as Go writes it, with a line end."""
    found = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).translate(_HTML)
    return found.encode("utf-8", "replace") + b"\n"


def strings(alert: Alert) -> dict[str, str]:
    """The fields whose value is a text, by name, sorted: what chat messages show."""
    return {name: value for name, value in sorted(alert.fields.items()) if isinstance(value, str)}


def plain(value: Any) -> str:
    """A value of a field as text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def wanted(section: dict[str, Any], what: str) -> Callable[[Alert], bool] | None:
    """Which alerts a section wants; None: all. `minimumpriority` is falcosidekick's; `rules` (names, * is any text), `tags`,
    `sources` and `fields` (name: text with *) are ours: an alert has to fit one of each that is given. Raises UsageError."""
    named = text(section.get("minimumpriority"))
    least = parse_priority(named) if named else len(PRIORITIES)
    if least is None:
        raise UsageError(f"configuration: {what}: minimumpriority is {named}; there are {', '.join(PRIORITIES).lower()}")
    rules, tags, sources = (_texts(section, key) for key in ("rules", "tags", "sources"))
    found = section.get("fields")
    fields = {name: text(value) for name, value in found.items()} if isinstance(found, dict) else {}
    if not (named or rules or tags or sources or fields):
        return None

    def fits(alert: Alert) -> bool:
        return (
            alert.priority <= least
            and (not rules or any(fits_wildcard(pattern, alert.rule) for pattern in rules))
            and (not tags or not tags.isdisjoint(alert.tags))
            and (not sources or alert.source in sources)
            and all(fits_wildcard(pattern, plain(alert.fields.get(name))) for name, pattern in fields.items())
        )

    return fits


def _texts(section: dict[str, Any], key: str) -> frozenset[str]:
    """A list, or a text with commas."""
    value = section.get(key)
    found = value.split(",") if isinstance(value, str) else map(text, items(value))
    return frozenset(filter(None, (word.strip() for word in found)))


def pairs(value: Any) -> dict[str, str]:
    """A mapping, or a text like `a:b,c:d`."""
    if isinstance(value, dict):
        return {name: text(given) for name, given in value.items()}
    found = (part.partition(":") for part in text(value).split(",") if ":" in part)
    return {name.strip(): given.strip() for name, _, given in found}


class Forward(AlertOutput):
    """Base of outputs that have falcosidekick's configuration keys.

    section    what the configuration says of it; `name`: in messages
    """

    reads_fields = True

    def __init__(self, setting: Setting) -> None:
        self.name, self.section = setting.name, setting.section
        self._setting = setting
        self._custom = pairs(setting.section.get("customfields"))
        self._tags = _texts(setting.section, "customtags")

    def text(self, key: str, default: str = "") -> str:
        """A key of the section."""
        return self._setting.text(key, default)

    def required(self, key: str) -> str:
        """A key that has to be there. Raises UsageError."""
        return self._setting.required(key)

    def flag(self, key: str, default: bool = False) -> bool:
        """A key that is true or false."""
        return boolean(self.section, key, default)

    def number(self, key: str, default: float) -> float:
        """A key that is a number. Raises UsageError."""
        return self._setting.number(key, default)

    def choice(self, key: str, *choices: str) -> str:
        """A key that is one of some words, the first if nothing is said. Raises UsageError."""
        found = self.text(key, choices[0])
        if found not in choices:
            raise UsageError(f"configuration: {self.name}: {key} is {found}; there are {', '.join(choices)}")
        return found

    def completed(self, alert: Alert) -> Alert:
        """With the custom fields and tags."""
        if not self._custom and not self._tags:
            return alert
        tags = tuple(sorted({*alert.tags, *self._tags}))
        return alert._replace(fields={**alert.fields, **self._custom}, tags=tags)

    def tls(self) -> Tls:
        """How the server is checked: `checkcert`, `tlsclient.cacertfile`, `mutualtls` with `mutualtlsclient.*`."""
        mutual = self.flag("mutualtls")
        folder = text(self.section.get("mutualtlsfilespath")) or _CERTIFICATES

        def file(path: str, default: str) -> str:
            return text(at(self.section, path)) or f"{folder}/{default}"

        authority = text(at(self.section, "tlsclient.cacertfile"))
        return Tls(
            not self.flag("checkcert", True),
            file("mutualtlsclient.cacertfile", "ca.crt") if mutual else authority,
            "",
            file("mutualtlsclient.certfile", "client.crt") if mutual else "",
            file("mutualtlsclient.keyfile", "client.key") if mutual else "",
        )

    def client(self, url: str, **headers: str) -> Client:
        """To a web server; `customheaders` are sent, too. Raises UsageError."""
        more = {**headers, **pairs(self.section.get("customheaders"))}
        return Client(url, what=self.name, tls=self.tls(), headers=more, agent=AGENT, compress=self.flag("enablecompression"))


class Posting(Forward):
    """Base of those that post each alert to one address."""

    one_by_one = True
    address = "webhookurl"  # the key that has it
    method = "POST"
    content_type = JSON_TYPE

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._client = self.client(self.required(self.address))

    def body(self, alert: Alert) -> bytes:
        """What is posted."""
        raise NotImplementedError

    def send(self, alerts: Sequence[Alert], lines: Sequence[str]) -> None:
        for alert in map(self.completed, alerts):
            headers = {"Idempotency-Key": alert.uuid} if alert.uuid else {}
            answer = self._client.post(self.body(alert), self.content_type, method=self.method, headers=headers)
            answer.check(self._client.where)

    def close(self) -> None:
        self._client.close()


def slug(value: str) -> str:
    """A text of small letters, digits and single underscores."""
    return re.sub("[^a-z0-9]+", "_", value.lower()).strip("_")
