"""The alerts that rules raise on traces, with the values that exceptions may compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import AlertMaker, render_options
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import to_display
from pysysdig.eventsources import registry
from pysysdig.fields.lookup import lookup
from pysysdig.fields.registry import FieldRef
from pysysdig.filter.ast import FieldExpr, walk
from pysysdig.replay import replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import Engine
from pysysdig.rules.model import Rule
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.workbench.tune.model import ALWAYS, PATHS, STRONG, WEAK, Raised

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
MOST = 200_000  # alerts that are looked at
_MOST_LINE = 1 << 20
_MENTIONED = re.compile(r"%([a-z0-9_]+(?:\.[a-z0-9_]+)+(?:\[[^\]]*\])?)")


def fields_of(rule: Rule) -> list[str]:
    """The fields that an exception of a rule may compare, strong ones first: of those that its source has."""
    known = registry.catalogue(rule.catalogue).fields
    named = set(_MENTIONED.findall(rule.output)) | {n.text for n in walk(rule.tree) if isinstance(n, FieldExpr)} | set(ALWAYS)
    return [field for field in (*STRONG, *PATHS, *WEAK) if field in named and field.partition("[")[0] in known]


def collect(paths: Sequence[str], rules: Sequence[Rule], matching: str, config: RuleConfig, only: Sequence[str]) -> list[Raised]:
    """The alerts of rules (all, or those named) on traces. Raises PysysdigError for a trace that cannot be read to its end, and
    where there are too many alerts."""
    engine = Engine(rules, CURRENT, matching, render_options(config))
    maker = AlertMaker(rules, config, CURRENT)
    refs = [[lookup(field, CURRENT, catalogue=registry.catalogue(rule.catalogue)) for field in fields_of(rule)] for rule in rules]
    needs = max([engine.needs, maker.needs, *(ref.field.needs for some in refs for ref in some)])
    wanted = np.array([not only or rule.name in only for rule in rules], bool)
    out: list[Raised] = []
    for path in paths:
        engine.restart()
        maker.restart()
        with open_any(path) as capture:
            for number, section in enumerate(converted(capture.sections())):
                for view, _ in replay([section], level=needs):
                    positions, indexes = engine.match(view)
                    keep = wanted[indexes]
                    out += _raised(view, positions[keep], indexes[keep], rules, refs, maker, path, number)
                    if len(out) > MOST:
                        raise PysysdigError(f"more than {MOST} alerts: choose rules with --rule, or fewer traces")
    return out


def _raised(
    view: EventView, positions: Ints, indexes: Ints, rules: Sequence[Rule], refs: Sequence[Sequence[FieldRef]],
    maker: AlertMaker, path: str, section: int,
) -> Iterator[Raised]:  # fmt: skip
    if not len(positions):
        return
    alerts = maker.make(view, positions, indexes)
    values: dict[int, dict[str, str]] = {}
    for index in np.unique(indexes).tolist():
        rows = np.flatnonzero(indexes == index)
        columns = {ref.text: ref.shown(view, positions[rows]).tolist() for ref in refs[index]}
        for i, row in enumerate(rows.tolist()):
            values[row] = {name: to_display(str(column[i])) for name, column in columns.items() if column[i] is not None}
    numbers = view.batch.num_of(positions).tolist()
    for row, (alert, number) in enumerate(zip(alerts, numbers)):
        yield Raised(alert.rule, path, section, number, alert.text, values[row])


def read_alerts(path: str, only: Sequence[str]) -> list[Raised]:
    """Alerts of a file with one JSON object a line, ours or Falco's. Raises PysysdigError."""
    out = []
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b""), 1):
                if line.strip():
                    out += _alert(path, number, line)
                if len(out) > MOST:
                    raise PysysdigError(f"{path}: more than {MOST} alerts")
    except OSError as error:
        raise PysysdigError(f"{path}: {error.strerror or error}") from None
    return [raised for raised in out if not only or raised.rule in only]


def _alert(path: str, number: int, line: bytes) -> list[Raised]:
    try:
        found: Any = json.loads(line)
        rule, values = found["rule"], found.get("output_fields") or {}
        if not isinstance(rule, str) or not isinstance(values, dict):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PysysdigError(f"{path}:{number}: not an alert: a JSON object with `rule` and `output_fields`") from None
    known = (*STRONG, *PATHS, *WEAK)
    fields = {name: str(value) for name, value in values.items() if name in known and value is not None}
    return [Raised(rule, path, 0, number, str(found.get("output", "")), fields)]
