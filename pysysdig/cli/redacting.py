"""The consumer that stands before one that writes, and gives it events and state under a policy instead of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.redaction.policy import read_key, read_policy
from pysysdig.redaction.remade import Remade

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.redaction.policy import Policy
    from pysysdig.redaction.values import Values
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
        self._remade: Remade | None = None
        self._name = ""
        self.sink = cast("Sink", _Beginnings(self))
        self.pulse = inner.pulse

    def section(self, given: Snapshot, generation: str, whole: bool) -> None:
        """A section begins. Raises UsageError if not all of its events are there."""
        self._remade = Remade(self._values, self._inner.needs, self._name)
        made = self._remade.begin(given, generation, whole)
        if self._inner.sink is not None:
            self._inner.sink.begin(*made, True)

    def begin(self, start: Start) -> bool:
        self._name = start.name
        return self._inner.begin(start._replace(again=None))

    def deliver(self, view: EventView, sel: Ints) -> bool:
        assert self._remade is not None
        return self._inner.deliver(self._remade.view(view), sel)

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
