"""Alerts as lines: Falco's text, or its JSON (docs/reference/output-format.md 9 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.alerts.model import INTERNAL, Alert
from pysysdig.events.text import from_user
from pysysdig.render import times
from pysysdig.rules.model import PRIORITIES

if TYPE_CHECKING:
    from pysysdig.rules.config import RuleConfig


class AlertFormat:
    """Writes alerts down as the configuration says."""

    __slots__ = ("_config",)

    def __init__(self, config: RuleConfig) -> None:
        self._config = config

    def lines(self, alerts: Sequence[Alert]) -> list[str]:
        """A line (byte text) for each alert."""
        moments = np.array([alert.time for alert in alerts], np.uint64)
        shown = times.stamps(moments, date="T" if self._config.time_format_iso_8601 else "").items
        if not self._config.json_output:
            return [from_user(_text(alert, time)) for alert, time in zip(alerts, shown)]
        utc = np.datetime_as_string(moments.astype("datetime64[ns]")).tolist()
        return [from_user(self._json(alert, time, moment)) for alert, time, moment in zip(alerts, shown, utc)]

    def _json(self, alert: Alert, shown: str, utc: str) -> str:
        """shown: the time as outputs begin with; utc: the time in UTC, without its Z."""
        config = self._config
        internal = alert.source == INTERNAL
        priority = PRIORITIES[alert.priority]
        parts = ['{"hostname":', _string(alert.hostname)]
        if config.json_include_message_property and not internal:
            parts += [',"message":', _string(alert.text)]
        if internal:
            parts += [',"output":', _string(alert.text)]
        elif config.json_include_output_property:
            parts += [',"output":', _string(f"{shown}: {priority} {alert.text}")]
        if config.json_include_output_fields_property or internal:
            fields = ",".join([_label(key) + _value(value) for key, value in alert.fields.items()])
            parts += [',"output_fields":{', fields, "}"]
        parts += [f',"priority":"{priority}","rule":', _label(alert.rule)[:-1], ',"source":', _label(alert.source)[:-1]]
        if config.json_include_tags_property and not internal:
            parts += [',"tags":[', ",".join(map(_string, alert.tags)), "]"]
        parts += [',"time":"', utc, 'Z"}\n']
        return "".join(parts)


def _text(alert: Alert, shown: str) -> str:
    start = f"{shown}: {PRIORITIES[alert.priority]} "
    if alert.source == INTERNAL:
        return f"{start}{alert.text} ({' '.join(f'{key}={_value(value)}' for key, value in alert.fields.items())})\n"
    return _string(start + alert.text)[1:-1] + "\n"


_string = encode_basestring


@lru_cache(4096)
def _label(text: str) -> str:
    """A key, with its colon: there are few."""
    return _string(text) + ":"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_value, value)) + "]"
    return repr(value)
