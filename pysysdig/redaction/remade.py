"""A replay made anew under a policy: state worked out of treated events, so that nothing else can get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.redaction.stream import Batches, snapshot
from pysysdig.redaction.values import Values
from pysysdig.state.inspector import Inspector

if TYPE_CHECKING:
    from collections.abc import Callable

    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView


class Remade:
    """The sections of one capture under a policy."""

    def __init__(self, values: Values, level: Callable[[str], int], name: str = "") -> None:
        """level: of state that views must have, by generation; name: of the capture, for errors."""
        self._values = values
        self._level = level
        self._name = name
        self._batches: Batches | None = None
        self._inspector: Inspector | None = None

    def begin(self, given: Snapshot, generation: str, whole: bool) -> tuple[Snapshot, str, StateSource]:
        """A section begins; gives it as it is under the policy. Raises UsageError if not all of its events are there: state
        cannot be worked out then."""
        if not whole:
            raise UsageError(f"--redact: {self._name} was written with a filter; read the whole capture, with that filter")
        made = snapshot(self._values, given)
        self._batches = Batches(self._values, generation)
        self._inspector = Inspector(made, generation, self._level(generation))
        return made, generation, self._inspector

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

    def remade(self, level: Callable[[str], int], name: str) -> Beginnings:
        """What goes beside the replay of one capture."""
        return Beginnings(Remade(self.values, level, name))


class Beginnings:
    """What `replay` tells of sections goes here, as to a sink; it leaves out no batch, since all of them change state."""

    every_view = True

    def __init__(self, remade: Remade) -> None:
        self._remade = remade
        self.view = remade.view

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool = True) -> None:
        """See sources.sink."""
        self._remade.begin(snapshot, generation, whole)
