"""The state of a converted capture that a filter has cut when it was written: what its events see was recorded then, and cannot
be worked out of the events that are left.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pysysdig.events.table import CURRENT
from pysysdig.sources.convert import ConvertedBatch
from pysysdig.state.fdnumbers import tell_own
from pysysdig.state.tables import Fds
from pysysdig.state.view import EventView, Ints, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from pysysdig.events.batch import EventBatch
    from pysysdig.events.column import NumColumn
    from pysysdig.filter import Filter
    from pysysdig.sources.section import Recorded
    from pysysdig.state.accounts import Accounts
    from pysysdig.state.raw import Params
    from pysysdig.state.source import StateSource


class ConvertedRecording:
    """A converted section, as one that has recorded what its events see."""

    def __init__(self, section: Recorded) -> None:
        """section: what is converted."""
        self._section = section

    def playback(self, level: int, generation: str = CURRENT) -> StateSource:
        """See Recorded."""
        return ConvertedPlayback(self._section.playback(level, generation))

    def narrow(self, chosen: Filter) -> None:
        """See Recorded: nothing is left out, calls are put together across batches."""


class ConvertedPlayback:
    """Stands in for an Inspector, as the source of the section that is converted does; everything but the views is as there."""

    def __init__(self, source: StateSource) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    @property
    def accounts(self) -> Accounts:
        return self._source.accounts

    @accounts.setter
    def accounts(self, accounts: Accounts) -> None:
        self._source.accounts = accounts

    def process(self, batch: EventBatch) -> EventView:
        """What the events of a converted batch see. Raises CaptureError."""
        if isinstance(batch, ConvertedBatch):
            return ConvertedView(self, batch, self._source.process(batch.origin))
        return self._source.process(batch)


class ConvertedView(EventView):
    """What the events of a converted batch see: that of the events that they were made from."""

    batch: ConvertedBatch

    def __init__(self, source: ConvertedPlayback, batch: ConvertedBatch, before: EventView) -> None:
        """before: of the batch that was converted."""
        self.inspector = source
        self.batch = batch
        self.generation = source.generation
        self.threads, self.users = before.threads, before.users
        self._before = before
        self._at = batch.kept

    def moments(self, sel: Ints) -> Ints:
        return self._before.moments(self._at[sel])

    @cached_property
    def fds(self) -> Fds:  # type: ignore[override]
        return self._before.fds

    @cached_property
    def thread(self) -> Rows:
        return self._before.thread[self._at]

    def _thread_at(self, sel: Ints) -> Rows:
        return self._before.thread_at(self._at[sel])

    @cached_property
    def fd(self) -> Rows:
        out = self._before.fd[self._at]
        at = np.flatnonzero((out < 0) & (self.fdnum >= 0) & (self.thread >= 0))
        if len(at):
            out[at] = self.fd_at(self.thread[at], self.fdnum[at], at)
        return out

    @cached_property
    def fdnum(self) -> Ints:
        out = self._before.fdnum[self._at]
        tell_own(self.batch, out)  # older recorders tell of some in the enter event alone, or not at all
        return out

    @cached_property
    def name_changed(self) -> npt.NDArray[np.bool_]:
        return self._before.name_changed[self._at]

    @cached_property
    def enter(self) -> Ints:
        """None: a call is one event."""
        return np.full(len(self), -1, np.int64)

    @cached_property
    def enter_ts(self) -> npt.NDArray[np.uint64]:
        return np.zeros(len(self), np.uint64)

    @property
    def latency(self) -> npt.NDArray[np.uint64]:
        return self.enter_ts

    @cached_property
    def paired(self) -> npt.NDArray[np.bool_]:
        return np.zeros(len(self), bool)

    def enter_params(self, pos: int) -> Params | None:
        return None

    def counter(self, name: str, sel: Ints) -> NumColumn:
        return self._before.counter(name, self._at[sel])

    def open_fds(self, sel: Ints) -> list[tuple[int, ...]]:
        return self._before.open_fds(self._at[sel])
