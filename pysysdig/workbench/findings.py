"""What became of one rule over a whole run, as records: how often it was tried and true, and what came closest (`survey.py`)."""

from __future__ import annotations

from typing import Any, NamedTuple

from pysysdig.rules.clauses import Clause
from pysysdig.rules.places import Place
from pysysdig.workbench.explanation import EXCEPTED, FALSE, SHADOWED, TRUE, UNTRIED, Explanation, place_json


class Suggestion(NamedTuple):
    """A constant that was perhaps meant to be a value that occurred, and at how many events it did."""

    constant: str
    value: str
    events: int


class Miss(NamedTuple):
    """Events that are alike in what they lack.

    lacking    the clauses that are false
    events     how many there are
    surprise   bits
    first      the number of the first of them; example: why the rule was not true of one, None: not kept
    values     what the false comparison looked at, if it is one: the most frequent values
    """

    lacking: tuple[Clause, ...]
    events: int
    surprise: float
    first: int
    example: Explanation | None
    values: tuple[tuple[str, int], ...]
    suggestions: tuple[Suggestion, ...]


class Findings(NamedTuple):
    """What became of a rule.

    events, tried, matched, alerts  how many events there were, how many had a type on which it is tried, of how many its own
                                    condition was true, and at how many it raised an alert
    takers     rules that took events of which it was true
    wanted     the types of events that it is tried on; starts: they are starts of calls only; occurred: those that there were
    """

    rule: str
    place: Place | None
    events: int
    tried: int
    matched: int
    alerts: int
    takers: tuple[tuple[str, int], ...]
    wanted: tuple[str, ...]
    starts: bool
    occurred: tuple[tuple[str, int], ...]
    misses: tuple[Miss, ...]

    @property
    def status(self) -> str:
        """See explanation."""
        if self.alerts:
            return TRUE
        if self.matched:
            return SHADOWED
        if not self.tried:
            return UNTRIED
        best = self.misses[0] if self.misses else None
        return EXCEPTED if best is not None and all(clause.exception for clause in best.lacking) else FALSE


def as_json(findings: Findings) -> dict[str, Any]:
    """See docs/workbench.md."""
    return {
        "rule": findings.rule,
        "source": place_json(findings.place),
        "status": findings.status,
        "events": findings.events,
        "tried": findings.tried,
        "matched": findings.matched,
        "alerts": findings.alerts,
        "shadowed_by": dict(findings.takers),
        "wanted_types": list(findings.wanted),
        "occurred_types": dict(findings.occurred),
        "nearest": [
            {
                "lacking": [{"text": clause.text, "source": place_json(clause.place)} for clause in miss.lacking],
                "events": miss.events,
                "surprise": round(miss.surprise, 1),
                "first": miss.first,
                "values": dict(miss.values),
                "suggestions": [suggestion._asdict() for suggestion in miss.suggestions],
                "example": miss.example.as_json() if miss.example is not None else None,
            }
            for miss in findings.misses
        ],
    }
