"""The consumer that stands before one that writes, and gives it events and state under a policy instead of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.errors import UsageError
from pysysdig.redaction.policy import read_key, read_policy
from pysysdig.redaction.stream import Batches, snapshot
from pysysdig.redaction.values import Values
from pysysdig.state.inspector import Inspector

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.redaction.policy import Policy
    from pysysdig.settings import RedactSettings
    from pysysdig.sources.sink import Sink
    from pysysdig.state.snapshot import Snapshot
    from pysysdig.state.source import StateSource
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]


def read(settings: RedactSettings) -> tuple[Policy, bytes]:
    """The policy and the key. Raises UsageError."""
    policy = read_policy(settings.policy)
    return policy, read_key(settings.key)


class Redacting(Consumer):
    """Filters choose among the events as they are; `inner` is given the same ones of a capture that is made anew: its state is
    worked out of treated events, so that nothing else can get there."""

    from_first = True

    def __init__(self, inner: Consumer, values: Values) -> None:
        self._inner = inner
        self._values = values
        self._batches: Batches | None = None
        self._inspector: Inspector | None = None
        self._name = ""
        self.sink = cast("Sink", _Beginnings(self))
        self.pulse = inner.pulse

    def section(self, given: Snapshot, generation: str, complete: bool) -> None:
        """A section begins. Raises UsageError if not all of its events are there."""
        if not complete:
            raise UsageError(f"--redact: {self._name} was written with a filter; read the whole capture, with that filter")
        made = snapshot(self._values, given)
        self._batches = Batches(self._values, generation)
        self._inspector = Inspector(made, generation, self._inner.needs(generation))
        if self._inner.sink is not None:
            self._inner.sink.begin(made, generation, self._inspector, True)

    def begin(self, start: Start) -> bool:
        self._name = start.name
        return self._inner.begin(start._replace(again=None))

    def deliver(self, view: EventView, sel: Ints) -> bool:
        assert self._batches is not None and self._inspector is not None
        return self._inner.deliver(self._inspector.process(self._batches.batch(view.batch)), sel)

    def end(self) -> None:
        self._inner.end()

    def conclude(self) -> None:
        self._inner.conclude()

    def break_off(self) -> bool:
        return self._inner.break_off()


class _Beginnings:
    """What `replay` tells of sections goes here; it leaves out no batch, since all of them change state."""

    every_view = True

    def __init__(self, owner: Redacting) -> None:
        self._owner = owner

    def begin(self, snapshot: Snapshot, generation: str, inspector: StateSource, whole: bool = True) -> None:
        """See sources.sink."""
        self._owner.section(snapshot, generation, whole)
