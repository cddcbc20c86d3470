"""Running the rules of a test on its events: the same state, engine and outputs as a run with --rules."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pysysdig.alerts.make import AlertMaker, render_options
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, to_display
from pysysdig.filter.compiler import hosts_given
from pysysdig.replay import Wanted, replay
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import Engine, Switch, active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import Rule, RuleSet
from pysysdig.rules.output_format import OutputFormat
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.model import ENTER_EVENTS, ENTER_EXIT, Case, Raised
from pysysdig.workbench.reading import TestFileError
from pysysdig.workbench.synthetic import synthesise

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
Dns = tuple[tuple[str, tuple[bytes, ...]], ...]  # see Case.dns
_CONFIG = RuleConfig()
_RENDERING = render_options(_CONFIG)


class Played(NamedTuple):
    """The alerts that a test raised, the rules that were tried, how many events there were."""

    raised: list[Raised]
    rules: tuple[Rule, ...]
    events: int


# is told of each batch: what tries and explains the rules, what became of the batch, which events count, their ids
Observer = Callable[[Explainer, Looked, Ints, "Ids"], None]


class Ids(NamedTuple):
    """Of events, by their times (ns): the id in the test, and what happens."""

    ids: dict[int, str]
    what: dict[int, str]


def play(case: Case, observer: Observer | None = None) -> Played:
    """Run the rules of a test on its events; domain names have the addresses that it gives. Raises PysysdigError."""
    with hosts_given(dict(case.dns)):
        return _played(case, observer)


def _played(case: Case, observer: Observer | None) -> Played:
    loaded, rules, config = rules_of(case)
    fields = sorted({name for want in case.wants for name in want.fields})
    out: list[Raised] = []
    count = 0
    for section, known in sections_of(case):
        generation = section.generation if case.mode == ENTER_EVENTS else CURRENT
        maker = _maker(rules, generation)
        maker.restart()
        explainer = None
        if observer is None:
            engine = _engine(rules, generation, config.rule_matching, case.dns)
        else:
            explainer = explainer_of(loaded, rules, generation, config.rule_matching, case.dns)
            engine = explainer.engine
        engine.restart()
        shown = {name: OutputFormat(f"%{name}", generation, _RENDERING) for name in fields}
        needs = max([engine.needs, maker.needs, explainer.needs if explainer else 0, *(t.needs for t in shown.values())])
        for view, sel in replay([section], Wanted(from_user(case.filter), generation), level=needs):
            count += len(sel)
            if explainer is None or observer is None:
                positions, indexes = engine.match(view, sel)
            else:
                looked = explainer.look(view, sel)
                positions, indexes = looked.positions, looked.indexes
                observer(explainer, looked, sel, known)
            alerts = maker.make(view, positions, indexes)
            values = {name: _texts(format_, view, positions) for name, format_ in shown.items()}
            numbers = view.batch.num_of(positions).tolist()
            for i, (number, alert) in enumerate(zip(numbers, alerts)):
                found = {name: values[name][i] for name in fields}
                label = known.ids.get(alert.time, "" if not case.trace else str(number))
                out.append(Raised(alert.rule, number, label, known.what.get(alert.time, ""), alert.text, found))
    return Played(out, rules, count)


def _texts(format_: OutputFormat, view: EventView, positions: Any) -> list[str]:
    """The values of a field at the events at `positions`; `<NA>` where it is missing."""
    return [to_display(text) for text in format_.texts(view, positions)]


def sections_of(case: Case) -> Iterator[tuple[Any, Ids]]:
    """The sections of a test's events as its rules see them, and what is known of the events."""
    if not case.trace:
        made = synthesise(case)
        known = Ids(made.ids, made.what)
        if case.generation == ENTER_EXIT and case.mode != ENTER_EVENTS:
            for section in converted([made]):
                yield section, known
        else:
            yield made, known
        return
    if case.sha256:
        _pinned(case)
    with open_any(case.trace) as capture:
        sections = capture.sections() if case.mode == ENTER_EVENTS else converted(capture.sections())
        for section in sections:
            yield section, Ids({}, {})


def _pinned(case: Case) -> None:
    try:
        with open(case.trace, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TestFileError(f"{case.trace}: {error.strerror or error}") from None
    if found != case.sha256.lower():
        raise case.place.error(case.node.entries["sha256"], f"the trace is another one: its sha256 is {found}")


def rules_of(case: Case) -> tuple[RuleSet, tuple[Rule, ...], RuleConfig]:
    """The rules that a test loads, those that it tries, in order, and its configuration. Raises TestFileError."""
    ruleset = _loaded(case.rules, case.appended, case.place.name)
    loaded = ruleset.rules
    config = _config(tuple(sorted(case.config.items())))
    names = {rule.name for rule in loaded}
    for key in ("only", "enable", "disable"):
        for node in case.place.items(case.node.entries[key], key) if key in case.node.entries else ():
            if node.text not in names:
                raise case.place.unknown(node, "rule", node.text, names)
    switches = [*([Switch(enable=False, rule="*")] if case.only else []), *(Switch(enable=True, rule=name) for name in case.only)]
    switches += [Switch(enable=True, rule=name) for name in case.enabled]
    switches += [Switch(enable=False, rule=name) for name in case.disabled]
    which = (id(ruleset), config.priority, case.only, case.enabled, case.disabled)
    known = _tried.get(which)
    if known is None:  # engines are kept by the rules, so these have to be the same objects
        if len(_tried) >= _MOST_KEPT:
            _tried.clear()
        known = _tried[which] = (ruleset, tuple(active_rules(loaded, config.priority, switches)))
    return ruleset, known[1], config


_MOST_KEPT = 256
_tried: dict[Any, tuple[RuleSet, tuple[Rule, ...]]] = {}


@functools.lru_cache(64)
def _loaded(files: tuple[str, ...], appended: str, name: str) -> RuleSet:
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
    return found


@functools.lru_cache(16)
def _config(values: tuple[tuple[str, str], ...]) -> RuleConfig:
    return RuleConfig(dict(values))


@functools.lru_cache(64)
def _engine(rules: tuple[Rule, ...], generation: str, matching: str, dns: Dns) -> Engine:
    """Compiled once for the same rules and domain names: tests that use them one after the other `restart` them."""
    return Engine(rules, generation, matching, _RENDERING)


@functools.lru_cache(64)
def _maker(rules: tuple[Rule, ...], generation: str) -> AlertMaker:
    return AlertMaker(rules, _CONFIG, generation)


@functools.lru_cache(16)
def explainer_of(loaded: RuleSet, rules: tuple[Rule, ...], generation: str, matching: str, dns: Dns = ()) -> Explainer:
    """What explains the rules of a test, made once for the same rules."""
    return Explainer(loaded, rules, generation, matching, _RENDERING)


def forget() -> None:
    """Read everything anew: files may have changed."""
    _tried.clear()
    for kept in (_loaded, _engine, _maker, explainer_of):
        kept.cache_clear()
