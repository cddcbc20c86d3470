"""Alerts as lines: Falco's text, or its JSON (docs/reference/output-format.md 9 and 10)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.errors import FormatError
from pysysdig.events.arrays import unique
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user
from pysysdig.output import jsontext, times
from pysysdig.output.options import BASE64, DOTS, RenderOptions
from pysysdig.rules.appended import CONTAINER_INFO, extended_output, extra_fields
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.output_format import OutputFormat

if TYPE_CHECKING:
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.drops import Loss
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


def host_name() -> str:
    """The name alerts give for this machine."""
    return os.environ.get("FALCO_HOSTNAME") or os.uname().nodename


class AlertFormatter:
    """Renders the alerts of some rules.

    needs  level of state (fields.registry) that the outputs need
    """

    def __init__(self, rules: Sequence[Rule], config: RuleConfig, generation: str = CURRENT) -> None:
        """Raises FormatError, which names the rule, for an output that does not parse."""
        self._config = config
        self._host = encode_basestring(host_name())
        buffers = BASE64 if config.buffer_format_base64 else DOTS
        self.options = RenderOptions(buffers=buffers, max_len=0)
        self._typed = RenderOptions(buffers=buffers, max_len=0, json=True)
        self._time = OutputFormat("*%evt.time.iso8601" if config.time_format_iso_8601 else "*%evt.time", generation)
        self._rules = [_RuleOutput(rule, config, generation) for rule in rules]
        self.needs = max((r.needs for r in self._rules), default=0)

    def render(self, view: EventView, positions: Ints, indexes: Ints) -> str:
        """The lines (byte text) of alerts: rule `indexes[i]` for the event at `positions[i]`, in that order."""
        lines: list[str] = [""] * len(positions)
        for index in unique(indexes).tolist():
            rows = np.flatnonzero(indexes == index)
            sel = positions[rows]
            rule = self._rules[index]
            made = self._json(rule, view, sel) if self._config.json_output else self._text(rule, view, sel)
            for row, line in zip(rows.tolist(), made):
                lines[row] = line
        return "".join(lines)

    def _messages(self, rule: _RuleOutput, view: EventView, sel: Ints) -> list[str]:
        return rule.format.texts(view, sel, self.options)

    def _text(self, rule: _RuleOutput, view: EventView, sel: Ints) -> list[str]:
        out = []
        for time, message in zip(self._time.texts(view, sel, self.options), self._messages(rule, view, sel)):
            out.append(_string(f"{time}: {rule.priority} {message}")[1:-1] + "\n")
        return out

    def _json(self, rule: _RuleOutput, view: EventView, sel: Ints) -> list[str]:
        config = self._config
        times = self._time.texts(view, sel, self.options)
        messages = self._messages(rule, view, sel)
        columns = [[f'{{"hostname":{self._host}'] * len(sel), *self._pieces(rule, view, sel, times, messages)]
        tags = rule.tags if config.json_include_tags_property else ""
        rest = f',"priority":"{rule.priority}","rule":{rule.name},"source":{rule.source}{tags},"time":"'
        moments = np.datetime_as_string(view.batch.ts[sel].astype("datetime64[ns]")).tolist()
        return ["".join(row) + rest + f'{moment}Z"}}\n' for row, moment in zip(zip(*columns), moments)]

    def _pieces(self, rule: _RuleOutput, view: EventView, sel: Ints, times: list[str], messages: list[str]) -> list[list[str]]:
        """The parts that differ from alert to alert, in the order of their keys."""
        config = self._config
        out = []
        if config.json_include_message_property:
            out.append([',"message":' + _string(m) for m in messages])
        if config.json_include_output_property:
            out.append([',"output":' + _string(f"{t}: {rule.priority} {m}") for t, m in zip(times, messages)])
        if config.json_include_output_fields_property:
            out.append(self._output_fields(rule, view, sel))
        return out

    def _output_fields(self, rule: _RuleOutput, view: EventView, sel: Ints) -> list[str]:
        columns = rule.format.columns(view, sel, self._typed) | self._time.columns(view, sel, self._typed)
        dumped = {key: [_value(v) for v in column] for key, column in columns.items()}
        for key, extra, typed in rule.extra:
            if typed:
                dumped[key] = [_value(v) for v in extra.columns(view, sel, self._typed).get(key, [None] * len(sel))]
            else:
                dumped[key] = [_string(t) for t in extra.texts(view, sel, self.options)]
        named = []
        for key in sorted(dumped):
            label = _string(key) + ":"
            named.append([label + v for v in dumped[key]])
        return [',"output_fields":{' + ",".join(row) + "}" for row in zip(*named)] if named else [""] * len(sel)


class _RuleOutput:
    """A rule's output, what the configuration appends to it included."""

    __slots__ = ("extra", "format", "name", "needs", "priority", "source", "tags")

    def __init__(self, rule: Rule, config: RuleConfig, generation: str) -> None:
        self.name = _string(from_user(rule.name))
        self.source = _string(from_user(rule.source))
        self.priority = PRIORITIES[rule.priority]
        self.tags = ',"tags":[' + ",".join(_string(from_user(t)) for t in rule.tags) + "]"
        extra = extra_fields(rule, config.append_output)
        text = extended_output(rule, config.append_output).replace(CONTAINER_INFO, "")
        try:
            self.format = OutputFormat(from_user(text) or "*", generation)
            self.extra = [(from_user(k), OutputFormat(from_user(f), generation), raw) for k, (f, raw) in extra.items()]
        except FormatError as error:
            raise FormatError(f"rule {rule.name}: {error.message}", error.text, error.index, error.hint) from None
        self.needs = max([self.format.needs, *(format_.needs for _, format_, _ in self.extra)])


def _string(text: str) -> str:
    """Byte text as a JSON string, itself byte text; what is not UTF-8 becomes U+FFFD."""
    if text.isascii():
        return encode_basestring(text)
    return from_user(encode_basestring(text.encode("latin-1").decode("utf-8", "replace")))


def _value(value: Any) -> str:
    """A value of a field. Strings take the way of the reference: through its other JSON library, which is lenient."""
    if isinstance(value, str):
        return encode_basestring(value) if value.isascii() else from_user(encode_basestring(json.loads(jsontext.quote(value))))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_value, value)) + "]"
    return repr(value)


def drop_alert(loss: Loss, config: RuleConfig) -> str:
    """The alert (byte text, a line) that says that events were lost."""
    fields = {
        "ebpf_enabled": "1",
        "n_drops": str(loss.lost),
        "n_drops_buffer_total": str(loss.lost),
        "n_evts": str(loss.events),
    }
    priority = PRIORITIES[-1]
    if config.json_output:
        moment = str(np.datetime_as_string(np.uint64(loss.ts).astype("datetime64[ns]")))
        line = {
            "hostname": host_name(),
            "output": loss.message,
            "output_fields": fields,
            "priority": priority,
            "rule": loss.rule,
            "source": "internal",
            "time": moment + "Z",
        }
        return from_user(json.dumps(line, ensure_ascii=False, separators=(",", ":"))) + "\n"
    time = times.stamps(np.array([loss.ts], np.uint64))[0]
    return f"{time}: {priority} {loss.message} ({' '.join(f'{k}={json.dumps(v)}' for k, v in fields.items())})\n"
