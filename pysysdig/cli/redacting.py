"""The consumer that stands before one that writes, and gives it events and state under a policy instead of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.cli.consumer import Consumer, Start
from pysysdig.redaction.policy import read_key, read_policy
from pysysdig.redaction.remade import Remade

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.redaction.policy import Policy
    from pysysdig.redaction.values import Values
    from pysysdig.settings import RedactSettings
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
        self.sink = self._remade = Remade(values, inner.needs, onward=inner.sink)
        self.pulse = inner.pulse

    def begin(self, start: Start) -> bool:
        self._remade.name = start.name
        return self._inner.begin(start._replace(again=None))

    def deliver(self, view: EventView, sel: Ints) -> bool:
        return self._inner.deliver(self._remade.view(view), sel)

    def end(self) -> None:
        self._inner.end()

    def conclude(self) -> None:
        self._inner.conclude()

    def break_off(self) -> bool:
        return self._inner.break_off()
