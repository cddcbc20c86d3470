"""A replay made anew under a policy: state worked out of treated events, so that nothing else can get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.redaction.stream import Batches
from pysysdig.redaction.stream import snapshot as treated
from pysysdig.redaction.values import Values
from pysysdig.state.inspector import Inspector

if TYPE_CHECKING:
    from collections.abc import Callable

    from pysysdig.sources.section import Beginnings
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView


class Remade:
    """The sections of one capture under a policy. It stands as the sink of their replay (sources.section.Beginnings), which
    leaves out no batch then: all of them change state."""

    every_view = True

    def __init__(self, values: Values, level: Callable[[str], int], name: str = "", onward: Beginnings | None = None) -> None:
        """level: of state that views must have, by generation; name: of the capture, for errors; onward: who is told of the
        sections as they are under the policy."""
        self.name = name
        self._values = values
        self._level = level
        self._onward = onward
        self._batches: Batches | None = None
        self._inspector: Inspector | None = None

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool) -> None:
        """A section begins; `inspector` has its real state. Raises UsageError if not all of its events are there: state cannot be
        worked out then."""
        if not whole:
            raise UsageError(f"--redact: {self.name} was written with a filter; read the whole capture, with that filter")
        made = treated(self._values, snapshot)
        self._batches = Batches(self._values, generation)
        self._inspector = Inspector(made, generation, self._level(generation))
        if self._onward is not None:
            self._onward.begin(made, generation, self._inspector, True)

    def view(self, given: EventView) -> EventView:
        """The same events at the same positions. All views of a section have to come here, in order."""
        assert self._batches is not None and self._inspector is not None
        return self._inspector.process(self._batches.batch(given.batch))


class Redaction(NamedTuple):
    """What a table of events is written under (export.feed)."""

    values: Values

    def policy(self) -> str:
        """The policy, as it is written to the metadata of files."""
        return self.values.policy.text()

    def name(self, text: str) -> str:
        """What stands for the name of a capture."""
        return self.values.hashed(from_user(text))

    def remade(self, level: Callable[[str], int], name: str) -> Remade:
        """What goes beside the replay of one capture."""
        return Remade(self.values, level, name)
