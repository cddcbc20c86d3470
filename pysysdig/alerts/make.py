"""From matches of rules to alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.model import INTERNAL, Alert, host_name
from pysysdig.errors import FormatError
from pysysdig.events.arrays import unique
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.eventsources.registry import catalogue
from pysysdig.render import jsontext
from pysysdig.render.options import BASE64, DOTS, RenderOptions
from pysysdig.rules.active import ActiveRules
from pysysdig.rules.appended import CONTAINER_INFO, extended_output, extra_fields
from pysysdig.rules.model import PRIORITIES, Rule
from pysysdig.rules.output_format import OutputFormat

if TYPE_CHECKING:
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.drops import Loss
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]


def render_options(config: RuleConfig) -> RenderOptions:
    """How conditions and outputs of rules see what is rendered."""
    return RenderOptions(buffers=BASE64 if config.buffer_format_base64 else DOTS, max_len=0)


def alerting(rules: Sequence[Rule], config: RuleConfig, generation: str, *, with_fields: bool) -> ActiveRules[AlertMaker]:
    """Rules at work, with what makes their alerts (see AlertMaker). Raises PysysdigError."""

    def maker(generation: str) -> AlertMaker:
        return AlertMaker(rules, config, generation, with_fields=with_fields)

    return ActiveRules(rules, generation, config.rule_matching, render_options(config), maker)


class AlertMaker:
    """Makes the alerts of some rules.

    needs    level of state (state.levels) that the outputs need
    """

    def __init__(
        self, rules: Sequence[Rule], config: RuleConfig, generation: str = CURRENT, *, with_fields: bool = False
    ) -> None:
        """with_fields: the fields of alerts are worked out also if the configuration does not show them. Raises FormatError,
        which names the rule, for an output that does not parse."""
        self._host = host_name()
        self._with_fields = with_fields or config.json_output and config.json_include_output_fields_property
        self._time = "evt.time.iso8601" if config.time_format_iso_8601 else "evt.time"
        self._rules = [_RuleOutput(rule, config, generation) for rule in rules]
        self.needs = max((r.needs for r in self._rules), default=0)
        self._states = list({id(state): state for rule in self._rules for state in rule.states()}.values())

    def restart(self) -> None:
        """The next events are those of another run (rules.engine.Engine.restart)."""
        for state in self._states:
            state.clear()

    def make(self, view: EventView, positions: Ints, indexes: Ints) -> list[Alert]:
        """Alerts of the rules `indexes[i]` for the events at `positions[i]`, in that order."""
        made: dict[int, Alert] = {}
        for index in unique(indexes).tolist():
            rows = np.flatnonzero(indexes == index)
            made.update(zip(rows.tolist(), self._alerts(self._rules[index], view, positions[rows])))
        return [made[row] for row in range(len(positions))]

    def _alerts(self, output: _RuleOutput, view: EventView, sel: Ints) -> list[Alert]:
        rule = output.rule
        moments = view.batch.ts[sel].tolist()
        texts = [to_display(text) for text in output.format.texts(view, sel)]
        tags = tuple(rule.tags)
        fields = self._fields(output, view, sel, moments)
        return [
            Alert(time, rule.priority, rule.name, rule.source, tags, self._host, text, values)
            for time, text, values in zip(moments, texts, fields)
        ]

    def _fields(self, output: _RuleOutput, view: EventView, sel: Ints, moments: list[int]) -> list[dict[str, Any]]:
        if not self._with_fields:
            return [{} for _ in moments]
        columns = {to_display(k): list(map(_plain, v)) for k, v in output.format.columns(view, sel).items()}
        if output.time is None:
            columns[self._time] = moments
        else:
            columns.update({to_display(k): list(map(_plain, v)) for k, v in output.time.columns(view, sel).items()})
        for key, extra, typed in output.extra:
            if typed:
                columns[key] = list(map(_plain, extra.columns(view, sel).get(from_user(key), [None] * len(sel))))
            else:
                columns[key] = list(map(to_display, extra.texts(view, sel)))
        keys = sorted(columns)
        return [dict(zip(keys, row)) for row in zip(*(columns[key] for key in keys))]


class _RuleOutput:
    """A rule's output, what the configuration appends to it included. time: how its source had the time among the fields of
    alerts; None: as system calls have it."""

    __slots__ = ("extra", "format", "needs", "rule", "time")

    def __init__(self, rule: Rule, config: RuleConfig, generation: str) -> None:
        self.rule = rule
        options = render_options(config)
        extra = extra_fields(rule, config.append_output)
        text = extended_output(rule, config.append_output).replace(CONTAINER_INFO, "")
        try:
            fields = catalogue(rule.catalogue)
            own = "jevt.time.iso8601" if config.time_format_iso_8601 else "jevt.time"
            self.time = OutputFormat(f"%{own}", generation, options, fields) if own in fields.fields else None
            self.format = OutputFormat(from_user(text) or "*", generation, options, fields)
            self.extra = [
                (key, OutputFormat(from_user(format_), generation, options, fields), raw) for key, (format_, raw) in extra.items()
            ]
        except FormatError as error:
            raise FormatError(f"rule {rule.name}: {error.message}", error.text, error.index, error.hint) from None
        self.needs = max([self.format.needs, *(format_.needs for _, format_, _ in self.extra)])

    def states(self) -> list[dict[str, Any]]:
        """What its fields keep of the events before."""
        return [state for form in (self.format, *(form for _, form, _ in self.extra)) for state in form.states()]


def _plain(value: Any) -> Any:
    """A value of a field with text in place of byte text, which goes the way of the reference: through its other JSON library,
    which is lenient."""
    if isinstance(value, str):
        if value.isascii():
            return value
        import json  # start-up time: such values are rare

        return json.loads(jsontext.quote(value))
    if isinstance(value, (list, tuple)):
        return list(map(_plain, value))
    return value


def drop_alert(loss: Loss) -> Alert:
    """The alert that says that events were lost."""
    fields = {
        "ebpf_enabled": "1",
        "n_drops": str(loss.lost),
        "n_drops_buffer_total": str(loss.lost),
        "n_evts": str(loss.events),
    }
    return Alert(loss.ts, len(PRIORITIES) - 1, loss.rule, INTERNAL, (), host_name(), loss.message, fields)
