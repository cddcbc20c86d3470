"""What a backtest is about and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pysysdig.rules.engine import FIRST, Switch
from pysysdig.rules.model import Rule, RuleSet

NEW, GONE, MOVED = "new", "gone", "moved"
KINDS = (NEW, GONE, MOVED)


class Variant(NamedTuple):
    """Rules that are tried.

    name      a letter; files: what they are from
    rules     in the order of trial
    loaded    gives all that the files hold (it takes time, and is needed for explanations alone)
    switches  what switched rules on and off; matching: FIRST or ALL
    """

    name: str
    files: tuple[str, ...]
    rules: tuple[Rule, ...]
    loaded: Callable[[], RuleSet]
    switches: tuple[Switch, ...] = ()
    matching: str = FIRST


class Difference(NamedTuple):
    """An alert that one variant raises and the first does not, or the other way.

    variant   the name of the other variant; kind: NEW, GONE, or MOVED (the event's alert is of another rule)
    section, event   which event of the trace; time: as text
    rule      of the alert, of a moved one in the other variant; was: the rule that it was of, "" unless moved
    text      of the alert
    cause     why the variant that lacks the alert lacks it
    """

    variant: str
    kind: str
    trace: str
    section: int
    event: int
    time: str
    rule: str
    was: str
    text: str
    cause: str


class Cost(NamedTuple):
    """What something took: seconds of its own, events it was tried on and found true of; users: rules that use a macro."""

    seconds: float = 0.0
    tried: int = 0
    matched: int = 0
    users: int = 0

    def plus(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.seconds + other.seconds, self.tried + other.tried, self.matched + other.matched, max(self.users, other.users)
        )


class TraceResult(NamedTuple):
    """What came of one trace.

    events, drops   how many there were, and how many notices of lost ones
    counts          of each variant: alerts by rule
    differences     at most MOST of them; changes: how many there are of each (variant, kind, rule)
    costs           of each variant by ("rule" | "macro" | "field", name), if they were asked for
    error           why it could not be read to its end, "" if it could
    """

    trace: str
    events: int = 0
    drops: int = 0
    counts: tuple[dict[str, int], ...] = ()
    differences: tuple[Difference, ...] = ()
    changes: dict[tuple[str, str, str], int] = {}
    costs: tuple[dict[tuple[str, str], Cost], ...] = ()
    error: str = ""

    def renamed(self, trace: str) -> TraceResult:
        """The same of a trace that was read under another name."""
        if trace == self.trace:
            return self
        differences = tuple(d._replace(trace=trace) for d in self.differences)
        return self._replace(trace=trace, differences=differences, error=self.error.replace(self.trace, trace))


MOST = 10_000  # differences that are told of one by one, of each trace


class Outcome(NamedTuple):
    """A backtest: results in the order of the traces; over: what the baseline does not have, (trace, rule, count, allowed)."""

    variants: tuple[Variant, ...]
    results: tuple[TraceResult, ...]
    over: tuple[tuple[str, str, int, int], ...] = ()

    def total(self, variant: int) -> dict[str, int]:
        """Alerts of a variant by rule, in its order of trial."""
        out = {rule.name: 0 for rule in self.variants[variant].rules}
        for result in self.results:
            for name, count in result.counts[variant].items() if result.counts else ():
                out[name] = out.get(name, 0) + count
        return out

    def changes(self, variant: str) -> dict[tuple[str, str], int]:
        """How many differences of each (kind, rule) a variant makes; MOVED counts for the rule that has the alert now, and
        negative for the rule that had it."""
        out: dict[tuple[str, str], int] = {}
        for result in self.results:
            for (name, kind, rule), count in result.changes.items():
                if name == variant:
                    out[kind, rule] = out.get((kind, rule), 0) + count
        return out

    def kinds(self) -> set[str]:
        """The kinds of differences that there are."""
        return {kind for result in self.results for _, kind, _ in result.changes}
