"""Running the rules of a test on its events: the same state, engine and outputs as a run with --rules."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pysysdig.alerts.make import AlertMaker
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.replay import Wanted, replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import Engine, Switch, active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import Rule
from pysysdig.rules.output_format import OutputFormat
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.workbench.model import Case, Raised
from pysysdig.workbench.reading import TestFileError
from pysysdig.workbench.synthetic import synthesise

if TYPE_CHECKING:
    from pysysdig.state.view import EventView


def play(case: Case) -> tuple[list[Raised], list[Rule], int]:
    """(the alerts that a test raises, the rules that were tried, how many events there were). Raises PysysdigError."""
    rules, config = _rules(case)
    engine, maker = _engine(rules, config.rule_matching)
    engine.restart()
    maker.restart()
    fields = sorted({name for want in case.wants for name in want.fields})
    shown = {name: OutputFormat(f"%{name}", CURRENT) for name in fields}
    needs = max([engine.needs, maker.needs, *(t.needs for t in shown.values())])
    out: list[Raised] = []
    count = 0
    for section, ids in _sections(case):
        for view, sel in replay([section], Wanted(from_user(case.filter), CURRENT), level=needs):
            count += len(sel)
            positions, indexes = engine.match(view, sel)
            alerts = maker.make(view, positions, indexes)
            values = {name: _texts(format_, view, positions, maker) for name, format_ in shown.items()}
            numbers = view.batch.num_of(positions).tolist()
            for i, (number, alert) in enumerate(zip(numbers, alerts)):
                found = {name: values[name][i] for name in fields}
                out.append(Raised(alert.rule, number, ids.get(number, ""), alert.text, found))
    return out, list(rules), count


def _texts(format_: OutputFormat, view: EventView, positions: Any, maker: AlertMaker) -> list[str]:
    """The values of a field at the events at `positions`; `<NA>` where it is missing."""
    return [to_display(text) for text in format_.texts(view, positions, maker.options)]


def _sections(case: Case) -> Iterator[tuple[Any, dict[int, str]]]:
    """The sections of a test's events, and the ids of their events by number."""
    if not case.trace:
        made = synthesise(case)
        yield made, made.ids
        return
    if case.sha256:
        _pinned(case)
    with open_any(case.trace) as capture:
        for section in converted(capture.sections()):
            yield section, {}


def _pinned(case: Case) -> None:
    try:
        with open(case.trace, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TestFileError(f"{case.trace}: {error.strerror or error}") from None
    if found != case.sha256.lower():
        raise case.place.error(case.node.entries["sha256"], f"the trace is another one: its sha256 is {found}")


def _rules(case: Case) -> tuple[tuple[Rule, ...], RuleConfig]:
    """The rules that a test tries, in order."""
    loaded = _loaded(case.rules, case.appended, case.place.name)
    config = _config(tuple(sorted(case.config.items())))
    names = {rule.name for rule in loaded}
    for key in ("only", "enable", "disable"):
        for node in case.place.items(case.node.entries[key], key) if key in case.node.entries else ():
            if node.text not in names:
                raise case.place.unknown(node, "rule", node.text, names)
    switches = [*([Switch(enable=False, rule="*")] if case.only else []), *(Switch(enable=True, rule=name) for name in case.only)]
    switches += [Switch(enable=True, rule=name) for name in case.enabled]
    switches += [Switch(enable=False, rule=name) for name in case.disabled]
    return tuple(active_rules(loaded, config.priority, switches)), config


@functools.lru_cache(64)
def _loaded(files: tuple[str, ...], appended: str, name: str) -> tuple[Rule, ...]:
    """Raises TestFileError for rules that do not load: a test of them has no outcome."""
    sources: list[str | RuleText] = [*files]
    if appended:
        sources.append(RuleText(f"{name} (append_rules)", appended.encode()))
    try:
        found = load_rules(sources)
    except PysysdigError as error:
        raise TestFileError(error.render()) from None
    for result in found.results:
        if not result.successful:
            raise TestFileError(result.as_text().rstrip("\n"))
    if found.missing_plugins:
        raise TestFileError(found.missing_plugins)
    return tuple(found.rules)


@functools.lru_cache(16)
def _config(values: tuple[tuple[str, str], ...]) -> RuleConfig:
    return RuleConfig(dict(values))


@functools.lru_cache(64)
def _engine(rules: tuple[Rule, ...], matching: str) -> tuple[Engine, AlertMaker]:
    """Compiled once for the same rules: tests that use them one after the other `restart` them."""
    return Engine(rules, CURRENT, matching), AlertMaker(rules, RuleConfig(), CURRENT)
