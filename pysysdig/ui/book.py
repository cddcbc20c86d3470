"""The rules of a session: which of them are on, and what they raise on the capture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pysysdig.errors import CaptureError, UsageError
from pysysdig.rules.listed import Row, listed
from pysysdig.ui.alerting import priority_text, table_of_texts
from pysysdig.ui.messages import Explain, Read, Reasons, Told
from pysysdig.views.model import REST, Column

if TYPE_CHECKING:
    from pysysdig.alerts.model import Alert
    from pysysdig.rules.config import RuleConfig
    from pysysdig.rules.engine import Switch
    from pysysdig.rules.model import Rule, RuleSet
    from pysysdig.ui.table import Table
    from pysysdig.workbench.explanation import Explanation


class Book:
    """Rules, each of which can be switched.

    trace   path of the capture, "" = there is none; rules and config: what they were loaded as
    """

    def __init__(self, loaded: RuleSet, config: RuleConfig, switches: Sequence[Switch], trace: str) -> None:
        from pysysdig.rules.engine import active_rules  # the screen needs none of these: start-up time
        from pysysdig.rules.places import places_of

        self.trace = trace
        self.config = config
        self._loaded = loaded
        self._before = active_rules(loaded.rules, config.priority, switches)  # before anything was switched
        self._places = places_of(loaded)
        self._switched: dict[str, bool] = {}

    def active(self) -> list[Rule]:
        """Those that are on, in the order of trial: what was switched on comes last (rules.engine.active_rules)."""
        before = {rule.name for rule in self._before}
        more = [rule for rule in self._loaded.rules if rule.name not in before and self._switched.get(rule.name)]
        return [*(rule for rule in self._before if self._switched.get(rule.name, True)), *more]

    def switch(self, name: str, on: bool | None = None) -> None:
        """On, or off; None: the other way round."""
        self._switched[name] = name not in {rule.name for rule in self.active()} if on is None else on

    def rows(self) -> list[Row]:
        """All rules in load order."""
        return listed(self._loaded, {rule.name for rule in self.active()}, self._places)

    @property
    def all(self) -> Sequence[Rule]:
        """All rules in load order."""
        return self._loaded.rules

    def raised(self) -> Iterator[list[Alert]]:
        """The alerts that those that are on raise on the capture, batch by batch. Raises PysysdigError."""
        from pysysdig.workbench.raised import in_steps  # as above

        return in_steps(self.trace, self.active(), self.config)

    def told(self, asked: Read) -> Told:
        """What there is to say about a rule. Raises UsageError if there is no such rule."""
        from pysysdig.rules.describe import rule_rows  # as above

        place = self._places.item("rule", asked.rule)
        where = [("File", str(place))] if place is not None else []
        return Told(asked.number, asked.rule, [*rule_rows(self._loaded, asked.rule), *where])

    def reasons(self, asked: Explain, traces: Sequence[str] = (), unwanted: Callable[[], bool] = lambda: False) -> Reasons:
        """Why a rule raised an alert, or did not, on the capture, or on `traces`, of which the end may be missing. Raises
        PysysdigError, also where there is nothing to say."""
        from pysysdig.workbench.explained import surveyed  # as above
        from pysysdig.workbench.survey_text import lines

        looked = traces or ([self.trace] if self.trace else [])
        if not looked:
            raise UsageError("there is no capture beside these rules; name the one they are tried on with -r")
        if not (asked.time or asked.event):
            what = looked, self._loaded, self.active(), self.config, asked.rule
            findings = surveyed(*what, unwanted=unwanted, growing=bool(traces))
            return Reasons(asked.number, [] if findings is None else lines(findings))
        found = next(filter(None, (self._explained(path, asked) for path in looked)), None)
        if found is None:
            raise UsageError(
                "rules see no such event"
                if asked.event
                else f"'{asked.rule}' raises no alert at this time with the rules as they are now"
            )
        if asked.event:  # rules count events that they see
            found = found._replace(event=found.event._replace(number=asked.event))
        place = f"  {found.place}" if found.place is not None else ""
        return Reasons(asked.number, [f"{found.rule}{place}", *(f"  {line}" for line in found.as_text())])

    def _explained(self, path: str, asked: Explain) -> Explanation | None:
        from pysysdig.workbench.explained import explained, explained_at  # as above

        what = path, self._loaded, self.active(), self.config, asked.rule
        try:
            return explained_at(*what, asked.event) if asked.event else explained(*what, asked.time)
        except CaptureError:
            if path == self.trace:
                raise
            return None  # its end is being written


def rule_table(rows: Sequence[Row], hits: dict[str, int] | None) -> Table:
    """Rules as a table; the keys are their names."""
    counts: tuple[Column, list[int] | list[str]]
    counts = Column("HITS", "", 8), ["" for _ in rows] if hits is None else [hits.get(row.name, 0) for row in rows]
    return table_of_texts(
        [
            (Column("ON", "", 3), ["[x]" if row.on else "[ ]" for row in rows]),
            (Column("PRIORITY", "", 15), [priority_text(row.priority) for row in rows]),
            counts,
            (Column("NAME", "", 44), [row.name for row in rows]),
            (Column("TAGS", "", 32), [" ".join(row.tags) for row in rows]),
            (Column("SOURCE", "", 9), [row.source for row in rows]),
            (Column("FILE", "", REST), [row.place for row in rows]),
        ],
        [row.name for row in rows],
    )
